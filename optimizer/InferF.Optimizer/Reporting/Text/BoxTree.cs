namespace InferF.Optimizer.Reporting.Text;

/// <summary>
/// A join tree as boxes: the probe side below its join, the build side below and one column to the right, so that the number of columns is
/// the nesting of build sides and not the number of tables. What is nested too deeply for the width is drawn as a tree of its own below.
/// </summary>
internal sealed class BoxTree
{
    /// <summary>Narrowest drawing: two boxes, a join's probe side and its build side.</summary>
    public const int NarrowestDrawing = 2 * NarrowestBox + Gap;

    private const int NarrowestBox = 30;
    private const int WidestBox = 72;
    private const int Gap = 1;

    private readonly PlanView _plan;
    private readonly int _maxColumns;
    private readonly int _width;
    private readonly Queue<int> _pending = [];
    private readonly Dictionary<int, (int Column, List<BoxLine> Lines, bool IsCut)> _boxes = [];
    private int[] _left = [];
    private int[] _boxWidth = [];
    private int[] _free = [];
    private TextCanvas _canvas = new(0);

    private BoxTree(PlanView plan, int width)
    {
        _plan = plan;
        _width = Math.Max(NarrowestDrawing, width);
        _maxColumns = (_width + Gap) / (NarrowestBox + Gap);
    }

    /// <summary>Draws a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="width">Terminal columns of the output; at least <see cref="NarrowestDrawing"/> are taken.</param>
    public static List<string> Draw(PlanView plan, int width)
    {
        List<string> lines = [];
        if (plan.Root < 0)
        {
            return lines;
        }
        BoxTree tree = new(plan, width);
        tree._pending.Enqueue(plan.Root);
        while (tree._pending.TryDequeue(out int root))
        {
            if (lines.Count > 0)
            {
                lines.Add("");
            }
            lines.AddRange(tree.DrawFrom(root));
        }
        return lines;
    }

    /// <summary>Narrowest output into which the whole plan fits as one tree.</summary>
    public static int NarrowestWidthOf(PlanView plan) => plan.Root < 0 ? 0 : Columns(plan, plan.Root) * (NarrowestBox + Gap) - Gap;

    private static int Columns(PlanView plan, int node)
    {
        var inputs = plan.Nodes[node].Report.Inputs;
        int columns = inputs.IsEmpty ? 1 : Columns(plan, inputs[0]);
        for (int i = 1; i < inputs.Length; i++)
        {
            columns = Math.Max(columns, 1 + Columns(plan, inputs[i]));
        }
        return columns;
    }

    private List<string> DrawFrom(int root)
    {
        _boxes.Clear();
        Assign(root, 0);
        MeasureColumns();
        _canvas = new TextCanvas(_width);
        Place(root, 0);
        return _canvas.ToLines();
    }

    // Decides which column every node of this drawing is in, and which nodes are left to a drawing of their own.
    private void Assign(int node, int column)
    {
        NodeView view = _plan.Nodes[node];
        // In the last column there is room for scans and filters on them, not for a join with its build side.
        bool isCut = column > 0 && column == _maxColumns - 1 && Columns(_plan, node) > 1;
        _boxes[node] = (column, isCut ? BoxContent.Reference(view) : BoxContent.Of(_plan, view), isCut);
        if (isCut)
        {
            _pending.Enqueue(node);
            return;
        }
        for (int i = 0; i < view.Report.Inputs.Length; i++)
        {
            Assign(view.Report.Inputs[i], i == 0 ? column : column + 1);
        }
    }

    // Every column gets what its longest line needs, or a fair share of what those that need less leave.
    private void MeasureColumns()
    {
        int columns = 1 + _boxes.Values.Max(box => box.Column);
        _left = new int[columns];
        _boxWidth = new int[columns];
        _free = new int[columns];
        int[] wanted = new int[columns];
        foreach ((int column, List<BoxLine> lines, _) in _boxes.Values)
        {
            wanted[column] = Math.Max(wanted[column], lines.Max(line => line.Width) + 4);
        }
        int room = _width - Gap * (columns - 1);
        int left = columns;
        foreach (int column in Enumerable.Range(0, columns).OrderBy(column => wanted[column]))
        {
            _boxWidth[column] = Math.Clamp(wanted[column], Math.Min(16, room / left), Math.Min(WidestBox, room / left));
            room -= _boxWidth[column];
            left--;
        }
        for (int column = 1; column < columns; column++)
        {
            _left[column] = _left[column - 1] + _boxWidth[column - 1] + Gap;
        }
    }

    private int Middle(int column) => _left[column] + _boxWidth[column] / 2;

    // Draws a node and everything below it from row y on.
    private void Place(int node, int y)
    {
        (int column, List<BoxLine> lines, bool isCut) = _boxes[node];
        int end = DrawBox(column, y, lines);
        _free[column] = end;
        var inputs = _plan.Nodes[node].Report.Inputs;
        if (isCut || inputs.IsEmpty)
        {
            return;
        }
        _canvas.Write(Middle(column), end - 1, "┬");
        int branch = end;
        if (inputs.Length > 1)
        {
            int build = inputs[1];
            int buildColumn = _boxes[build].Column;
            int lastColumn = Math.Min(_free.Length - 1, buildColumn + Columns(_plan, build) - 1);
            for (int c = buildColumn; c <= lastColumn; c++)
            {
                branch = Math.Max(branch, _free[c]);
            }
            Down(column, end, branch);
            _canvas.Write(Middle(column), branch, "├" + Labelled("build", Middle(buildColumn) - Middle(column) - 1) + "┐");
            Place(build, branch + 1);
            _canvas.Write(Middle(buildColumn), branch + 1, "┴");
            branch++;
        }
        Place(inputs[0], branch);
        _canvas.Write(Middle(column), branch, "┴");
    }

    private void Down(int column, int from, int to)
    {
        for (int y = from; y < to; y++)
        {
            _canvas.Write(Middle(column), y, "│");
        }
    }

    private int DrawBox(int column, int y, List<BoxLine> lines)
    {
        int x = _left[column];
        int inner = _boxWidth[column] - 4;
        string rule = new('─', inner + 2);
        _canvas.Write(x, y++, $"┌{rule}┐");
        foreach (BoxLine line in lines)
        {
            if (line.IsRule)
            {
                _canvas.Write(x, y++, $"├{rule}┤");
                continue;
            }
            int room = line.Right.Length > 0 ? Math.Max(2, inner - line.Right.Length - 1) : inner;
            List<string> wrapped = DisplayText.Wrap(line.Text, room, line.MaxLines, line.Indent);
            for (int i = 0; i < wrapped.Count; i++)
            {
                _canvas.Write(x, y, "│ ");
                _canvas.Write(x + 2, y, wrapped[i]);
                if (i == 0 && line.Right.Length > 0)
                {
                    _canvas.Write(x + 2 + inner - line.Right.Length, y, line.Right);
                }
                _canvas.Write(x + inner + 2, y++, " │");
            }
        }
        _canvas.Write(x, y++, $"└{rule}┘");
        return y;
    }

    private static string Labelled(string label, int length)
    {
        if (length < label.Length + 4)
        {
            return new string('─', Math.Max(0, length));
        }
        int before = (length - label.Length - 2) / 2;
        return $"{new string('─', before)} {label} {new string('─', length - label.Length - 2 - before)}";
    }
}
