namespace InferF.Bindings;

internal partial struct inferf_engine
{
}
