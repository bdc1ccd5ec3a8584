using Google.Protobuf;
using InferF.Plan.Proto;
using InferF.Runtime;
using InferF.Runtime.Arrow;

namespace InferF.Interop.Tests;

/// <summary>Bytes and structs that nobody should trust: typed errors, no crash, nothing kept.</summary>
// One collection: some tests count what lives in the whole process.
[Collection("Engine")]
public sealed class HostileInputTests : IDisposable
{
    private readonly Engine _engine = new(new EngineOptions { Threads = 2, MemoryLimit = 256 << 20 });

    public static TheoryData<string> Damages => [.. HostileProducer.Damages.Keys];

    public void Dispose() => _engine.Dispose();

    [Theory]
    [MemberData(nameof(Damages))]
    public void DamagedBatchesAreInvalidData(string damage)
    {
        NativeArrowStream facts = NativeArrowStream.Produce(new HostileProducer(HostileProducer.Damages[damage]));
        InferFException exception = Assert.Throws<InferFException>(() => Runs.Run(_engine, facts, Runs.Dims()));
        Assert.True(exception.Code is InferFErrorCode.InvalidData, $"{exception.Code}: {exception.Message}");
        Assert.Equal(0, _engine.MemoryUsage.BytesInUse);
    }

    [Fact]
    public void EveryBitOfAPlanMayFlip()
    {
        byte[] plan = Plans.Join().ToByteArray();
        int refused = 0;
        for (int bit = 0; bit < plan.Length * 8; bit++)
        {
            byte[] flipped = [.. plan];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            refused += Tolerate(flipped) ? 0 : 1;
        }
        Assert.InRange(refused, plan.Length, (plan.Length * 8) - 1);
        Assert.Equal(0, _engine.MemoryUsage.BytesInUse);
    }

    [Fact]
    public void PlansMayEndAnywhereAndHoldAnything()
    {
        byte[] plan = Plans.Join().ToByteArray();
        for (int length = 0; length < plan.Length; length++)
        {
            Tolerate(plan[..length]);
        }
        var random = new Random(20260720);
        for (int i = 0; i < 500; i++)
        {
            byte[] noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            Tolerate(noise);
            byte[] spliced = [.. plan[..random.Next(plan.Length)], .. plan[random.Next(plan.Length)..]];
            Tolerate(spliced);
        }
        Assert.Equal(0, _engine.MemoryUsage.BytesInUse);
    }

    // Runs a plan as far as it goes. False: it was refused at once.
    private bool Tolerate(byte[] plan)
    {
        EngineQuery query;
        try
        {
            query = _engine.CreateQuery(plan);
        }
        catch (InferFException exception) when (exception.Code is InferFErrorCode.InvalidPlan or InferFErrorCode.Unsupported)
        {
            return false;
        }
        using (query)
        {
            NativeArrowStream facts = Runs.Facts();
            NativeArrowStream dims = Runs.Dims();
            try
            {
                query.BindTable(0, facts);
                query.BindTable(1, dims);
                for (int i = 0; i < 2; i++)
                {
                    query.BindTensor(i, Plans.JoinTensors()[i]);
                }
                using ResultStream results = query.Execute();
                while (results.ReadNext() is { } batch)
                {
                    batch.Dispose();
                }
            }
            catch (InferFException exception)
            {
                Assert.NotEqual(InferFErrorCode.Internal, exception.Code);
            }
            finally
            {
                facts.Dispose();
                dims.Dispose();
            }
        }
        return true;
    }
}
