using System.Runtime.InteropServices;
using System.Text;

namespace InferF.Runtime.Arrow;

/// <summary>Names and formats of a schema as text. Equal texts mean batches of the same layout.</summary>
internal static unsafe class SchemaText
{
    /// <summary>The text of a schema.</summary>
    public static string Of(ArrowSchema* schema)
    {
        StringBuilder text = new();
        Append(text, schema);
        return text.ToString();
    }

    private static void Append(StringBuilder text, ArrowSchema* schema)
    {
        text.Append(Marshal.PtrToStringUTF8((nint)schema->NameText)).Append(' ').Append(Marshal.PtrToStringUTF8((nint)schema->FormatText));
        if (schema->Dictionary is not null)
        {
            text.Append('<');
            Append(text, schema->Dictionary);
            text.Append('>');
        }
        for (long i = 0; i < schema->NumChildren; i++)
        {
            text.Append(i == 0 ? "(" : ", ");
            Append(text, schema->Children[i]);
        }
        text.Append(schema->NumChildren > 0 ? ")" : "");
    }
}
