// Some tests count what lives in the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
