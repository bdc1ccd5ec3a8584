using System.Runtime.CompilerServices;

namespace InferF.Bindings;

internal partial struct inferf_error
{
    [NativeTypeName("int32_t")]
    public int code;

    [NativeTypeName("int32_t")]
    public int kind;

    [NativeTypeName("char[1016]")]
    public _message_e__FixedBuffer message;

    [InlineArray(1016)]
    internal partial struct _message_e__FixedBuffer
    {
        public byte e0;
    }
}
