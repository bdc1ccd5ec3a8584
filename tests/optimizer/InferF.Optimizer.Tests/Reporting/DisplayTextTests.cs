using InferF.Optimizer.Reporting.Text;

namespace InferF.Optimizer.Tests.Reporting;

public sealed class DisplayTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\nb\r\tc", "a\\nb\\r\\tc")]
    [InlineData("\u001b[2J", "\\u{1B}[2J")]
    [InlineData("\u202eevil\u2069", "\\u{202E}evil\\u{2069}")]
    [InlineData("line\u2028separator", "line\\u{2028}separator")]
    [InlineData("größe 表 😀", "größe 表 😀")]
    [InlineData("replacement \ufffd", "replacement \ufffd")]
    public void WhatCannotBeSeenIsSpelledOut(string text, string visible) => Assert.Equal(visible, DisplayText.Visible(text));

    [Fact]
    public void LoneSurrogatesAreSpelledOut() => Assert.Equal("a\\u{D800}b", DisplayText.Visible("a" + (char)0xD800 + "b"));

    [Theory]
    [InlineData("abc", 3)]
    [InlineData("größe", 5)]
    [InlineData("表", 2)]
    [InlineData("e\u0301", 1)]
    [InlineData("😀", 2)]
    [InlineData("┌─┐", 3)]
    public void WidthsAreThoseOfATerminal(string text, int width) => Assert.Equal(width, DisplayText.WidthOf(text));

    [Theory]
    [InlineData("short", 10, "short")]
    [InlineData("just fits", 9, "just fits")]
    [InlineData("too long", 5, "too …")]
    [InlineData("表表表", 4, "表…")]
    public void WhatDoesNotFitIsCut(string text, int width, string cut) => Assert.Equal(cut, DisplayText.Cut(text, width));

    [Theory]
    [InlineData("one two three", 7, 9, "one two|  three")]
    [InlineData("one two three four", 9, 2, "one two|  three …")]
    [InlineData("abcdefghij", 4, 9, "abcd|  ef|  gh|  ij")]
    [InlineData("", 5, 9, "")]
    [InlineData("a b", 1, 9, "a|  b")]
    public void LinesBreakAtSpacesOrWhereTheyMust(string text, int width, int lines, string wrapped) =>
        Assert.Equal(wrapped.Split('|'), DisplayText.Wrap(text, width, lines, "  "));
}
