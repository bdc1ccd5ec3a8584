using System.Runtime.InteropServices;
using System.Text;

namespace InferF.Runtime.Arrow;

/// <summary>Names and formats of the columns of a record batch schema as text. Equal texts mean batches of the same layout.</summary>
internal static unsafe class SchemaText
{
    /// <summary>The text of a record batch schema, whose own name means nothing.</summary>
    public static string Of(ArrowSchema* schema)
    {
        StringBuilder text = new();
        AppendChildren(text, schema);
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
        AppendChildren(text, schema);
    }

    private static void AppendChildren(StringBuilder text, ArrowSchema* schema)
    {
        for (long i = 0; i < schema->NumChildren; i++)
        {
            text.Append(i == 0 ? "(" : ", ");
            Append(text, schema->Children[i]);
        }
        text.Append(schema->NumChildren > 0 ? ")" : "");
    }
}
