package main

import (
	"io"
	"strconv"
	"strings"
	"unicode"
)

// screen is what a command prints on. Much of it came from elsewhere: what a server answers, names that users have chosen.
// None of it controls a terminal or turns the text around it about.
type screen struct{ io.Writer }

// Write shows control characters, and those that change the direction of text, as Go writes them. A text is printed as a whole.
func (s screen) Write(text []byte) (int, error) {
	if _, err := io.WriteString(s.Writer, harmless(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

func harmless(text string) string {
	if !strings.ContainsFunc(text, controls) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if controls(r) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// controls reports whether a character does more than to be seen. Lines and tabs are ours.
func controls(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}
