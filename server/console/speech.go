package console

import (
	"context"
	"unicode"
	"unicode/utf8"

	"github.com/handsel-dev/handsel/server/languages"
)

// sayer says a text of these pages in the language of who reads, with what stands in it.
type sayer func(text string, args ...any) string

func say(ctx context.Context, text string, args ...any) string {
	return languages.Say(ctx, text, args...)
}

func (v visit) say(text string, args ...any) string { return say(v.Request.Context(), text, args...) }

// or is a sayer, of English where there is none.
func (s sayer) or() sayer {
	if s == nil {
		return saying(context.Background())
	}
	return s
}

// worded says a name of the API as words, with a capital.
func worded(ctx context.Context, name string) string { return say(ctx, plainly(name)) }

// stated says a state, or a step, in English as the API writes it.
func stated(ctx context.Context, label string) string {
	if own := worded(ctx, label); own != plainly(label) {
		return own
	}
	return label
}

// lower says what has a text in the middle of a sentence: a status, a reason.
func lower(ctx context.Context, name string) string { return say(ctx, plainReason(name)) }

// number says how many there are. many has the number in it, and is said of none, too.
func number(ctx context.Context, n int, one, many string) string {
	if n == 1 {
		return say(ctx, one)
	}
	return say(ctx, many, n)
}

func saying(ctx context.Context) sayer {
	return func(text string, args ...any) string { return say(ctx, text, args...) }
}

// upper begins a text with a capital.
func upper(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
