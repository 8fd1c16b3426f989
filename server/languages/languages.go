// Package languages says the texts of pages in the language of who reads. They stand in English where they are used.
package languages

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
)

// languages are those of the pages, the first one for who asks for none of them. Texts stand in English where they
// are used; words has what they are in the others, a line each: pages, webhooks, what is told of deals, names of the API.
var languages = []string{"en", "de", "es"}

//go:embed words/*/*.txt
var words embed.FS

// phrases are the texts by language, each under its English text; a refusal stands under its reason.
var phrases = func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, code := range languages[1:] {
		all[code] = map[string]string{}
		files, _ := fs.Glob(words, "words/"+code+"/*.txt") // the pattern is a good one
		for _, name := range files {
			text, _ := words.ReadFile(name) // it is in the program
			for line := range strings.Lines(string(text)) {
				if english, own, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " = "); ok {
					all[code][english] = own
				}
			}
		}
	}
	return all
}()

// reading is the language of who reads a page, in the context of their request.
type reading struct{}

// chosen is the name of the cookie, and of the value of a query, by which somebody has chosen a language.
const chosen = "language"

// Read notes the language of who reads: the one that they have chosen, or else what their browser wants. Who asks for
// one in the query has chosen it from then on.
func Read(c *gin.Context) {
	code := c.Query(chosen)
	if slices.Contains(languages, code) {
		http.SetCookie(c.Writer, &http.Cookie{Name: chosen, Value: code, Path: "/", MaxAge: 365 * 24 * 60 * 60, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	} else if cookie, err := c.Request.Cookie(chosen); err == nil && slices.Contains(languages, cookie.Value) {
		code = cookie.Value
	} else {
		code = wanted(c.GetHeader("Accept-Language"))
	}
	c.Request = c.Request.WithContext(In(c.Request.Context(), code))
}

// In is a context whose reader reads a language.
func In(ctx context.Context, code string) context.Context {
	return context.WithValue(ctx, reading{}, code)
}

// All are the languages of the pages by their codes, each with its name in itself.
func All() []Named {
	return []Named{{"en", "English"}, {"de", "Deutsch"}, {"es", "Español"}}
}

// Named is a language with its name.
type Named struct{ Code, Name string }

// Language is that of who reads.
func Language(ctx context.Context) string {
	code, _ := ctx.Value(reading{}).(string)
	return cmp.Or(code, languages[0])
}

// Say is a text in the language of who reads, with what stands in it.
func Say(ctx context.Context, text string, args ...any) string {
	if own, ok := phrases[Language(ctx)][text]; ok {
		text = own
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// wanted is the language of ours that a browser wants most (RFC 9110, 12.5.4).
func wanted(header string) string {
	best, most := languages[0], 0
	for i, wish := range strings.SplitN(header, ",", 32) {
		tag, weight := weighed(wish)
		if code, _, _ := strings.Cut(tag, "-"); weight > most && i < 31 && slices.Contains(languages, code) {
			best, most = code, weight
		}
	}
	return best
}

// weighed is a language and how much it is wanted, in thousandths; 0: not at all.
func weighed(wish string) (tag string, weight int) {
	tag, quality, has := strings.Cut(wish, ";")
	weight = 1000
	if has {
		_, text, _ := strings.Cut(quality, "=")
		whole, part, _ := strings.Cut(strings.TrimSpace(text), ".")
		weight, _ = strconv.Atoi(whole + (part + "000")[:3]) // what is no number is 0
	}
	return strings.ToLower(strings.TrimSpace(tag)), weight
}

// Refusal says in the language of who reads why something did not work; empty: only in English.
func Refusal(ctx context.Context, reason fault.Reason) string {
	return phrases[Language(ctx)][string(reason)]
}
