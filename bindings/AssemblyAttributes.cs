using System.Runtime.CompilerServices;

// Only blittable types cross: no marshalling code is generated, and none can be asked for by accident.
[assembly: DisableRuntimeMarshalling]
