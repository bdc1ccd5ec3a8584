namespace InferF.Frontend.Models.Onnx;

/// <summary>A set of graph inputs, by index. Immutable; a union that adds nothing is the same object.</summary>
internal sealed class InputSet : IEquatable<InputSet>
{
    private readonly ulong[] _words;

    private InputSet(ulong[] words) => _words = words;

    public static InputSet Empty { get; } = new([]);

    /// <summary>The set of one input.</summary>
    public static InputSet Of(int index)
    {
        ulong[] words = new ulong[(index / 64) + 1];
        words[^1] = 1UL << (index % 64);
        return new InputSet(words);
    }

    /// <summary>The indices, ascending.</summary>
    public IEnumerable<int> Indices => Enumerable.Range(0, _words.Length * 64).Where(index => (_words[index / 64] >> (index % 64) & 1) != 0);

    public InputSet Union(InputSet other)
    {
        if (Contains(other))
        {
            return this;
        }
        if (other.Contains(this))
        {
            return other;
        }
        ulong[] words = new ulong[Math.Max(_words.Length, other._words.Length)];
        _words.CopyTo(words, 0);
        for (int i = 0; i < other._words.Length; i++)
        {
            words[i] |= other._words[i];
        }
        return new InputSet(words);
    }

    public bool Equals(InputSet? other) => other is not null && _words.AsSpan().SequenceEqual(other._words);

    public override bool Equals(object? obj) => Equals(obj as InputSet);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (ulong word in _words)
        {
            hash.Add(word);
        }
        return hash.ToHashCode();
    }

    private bool Contains(InputSet other)
    {
        for (int i = 0; i < other._words.Length; i++)
        {
            if ((other._words[i] & ~(i < _words.Length ? _words[i] : 0)) != 0)
            {
                return false;
            }
        }
        return true;
    }
}
