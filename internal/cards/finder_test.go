package cards_test

import (
	"html"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/handsel-dev/handsel/internal/cards"
	"github.com/handsel-dev/handsel/internal/testkit"
)

func TestS5_cardNumbersInEverySpelling(t *testing.T) {
	t.Parallel()
	found := map[string]string{
		"plain": testkit.Card, "in a sentence": "pay to " + testkit.Card + ", please", "after letters": "card" + testkit.Card, "before letters": testkit.Card + "x",
		"zero width inside": "4111\u200b111111111111", "joined by zero width": testkit.Spelled(testkit.Card, 1, "\u200d"), "keycaps": testkit.Spelled(testkit.Card, 1, "\ufe0f\u20e3") + "\ufe0f\u20e3",
		"full width": testkit.InScript(testkit.Card, '０'), "arabic-indic": testkit.InScript(testkit.Card, '٠'), "persian": testkit.InScript(testkit.Card, '۰'), "devanagari": testkit.InScript(testkit.Card, '०'),
		"mathematical bold": testkit.InScript(testkit.Card, '𝟎'), "mathematical monospace": testkit.InScript(testkit.Card, '𝟶'), "mixed": testkit.InScript(testkit.Card[:8], '𝟘') + testkit.Card[8:],
		"in circles": testkit.InScript(testkit.Card, '①'-1), "lowered": testkit.InScript(testkit.Card, '₀'),
		"entity": testkit.Spelled(testkit.Card, 4, "&#32;"), "entity without end": testkit.Spelled(testkit.Card, 4, "&#32"), "named entity": testkit.Spelled(testkit.Card, 4, "&nbsp;"),
		"digits as entities": "&#52;" + testkit.Card[1:], "entity twice": testkit.Spelled(testkit.Card, 4, "&amp;#32;"),
		"percent": testkit.Spelled(testkit.Card, 4, "%20"), "digits in percent": "%34" + testkit.Card[1:], "percent twice": testkit.Spelled(testkit.Card, 4, "%2520"),
		"percent of a wide character": testkit.Spelled(testkit.Card, 4, "%C2%A0"), "escape": testkit.Spelled(testkit.Card, 4, `\u0020`), "hexadecimal escape": testkit.Spelled(testkit.Card, 4, `\x20`),
		"after a percent sign": "100%" + testkit.Card, "amex": "371449635398431", "amex as printed": "3714 496353 98431", "diners": "30569309025904",
		"discover": "6011111111111117", "jcb": "3530111333300000", "mastercard": "5555555555554444", "mastercard of the second range": "2223003122003222",
		"mir": "2200000000000004", "maestro": "6759649826438453", "unionpay": "6200000000000005", "visa of 13": "4222222222222", "visa of 19": "4000000000000000006",
		"as a fraction": "4111111111111111.0", "with an exponent": "4.111111111111111e15",
	}
	for _, between := range []string{" ", "  ", "-", ".", "/", "_", ",", ", ", "\u00a0", "\u2013", "\u2014", "\u2212", "\n", "\t", "*", "|", " - ", "\u3000", "\u202f", "'", "😀"} {
		found["between "+strconv.Quote(between)] = testkit.Spelled(testkit.Card, 4, between)
		found["between each "+strconv.Quote(between)] = testkit.Spelled(testkit.Card, 1, between)
	}
	for name, text := range found {
		if !cards.Held(text) {
			t.Errorf("%s: %q is not recognized", name, text)
		}
	}
}

func TestM39_whatIsNoCardNumber(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"IMEI": "490154203237518", "IMEI of a phone": "356938035643809", "IMEI in groups": "35-693803-564380-9",
		"wrong check digit": "4111111111111112", "no issuer's": "1234567890123452", "too short": "411111111111", "part of a longer number": testkit.Card + "00000000",
		"order number": "2026112800000017", "milliseconds": "1795903200000", "microseconds": "1795903200000009", "nanoseconds": "1795903200000000002",
		"date and time": "2026-11-28 22:05:09.123456", "phone": "+49 151 23456789", "words between": "4111 and 1111 and 1111 and 1111",
		"far apart": testkit.Spelled(testkit.Card, 4, strings.Repeat(" ", 20)), "UUID": "41111111-1111-4111-8111-111111111111",
		"hash": "a4111111111111111b3f0c1d2e4f5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5", "IBAN": "DE89 3704 0044 0532 0130 00", "empty": "", "percent": "100%",
	} {
		if cards.Held(text) {
			t.Errorf("%s: %q is taken for a card number", name, text)
		}
	}
}

// reference finds card numbers the slow and plain way: it tries every pair of
// groups of digits.
func reference(text string) bool {
	type group struct {
		digits    string
		gapBefore int
		letter    bool // since the group before
	}
	groups, inside, gap, letter := []group{}, false, 0, true
	for _, r := range text {
		digit, isDigit := cards.DigitOf(r)
		switch {
		case isDigit && inside:
			groups[len(groups)-1].digits += strconv.Itoa(int(digit))
		case isDigit:
			groups = append(groups, group{strconv.Itoa(int(digit)), gap, letter})
			inside, gap, letter = true, 0, false
		case cards.Unseen(r):
		default:
			inside, gap = false, gap+1
			letter = letter || unicode.IsLetter(r) || unicode.In(r, unicode.Nl, unicode.No)
		}
	}
	for i := range groups {
		number := groups[i].digits
		for j := i; ; j++ {
			if j > i {
				number += groups[j].digits
			}
			if luhn(number) && cards.IssuedAs(number) {
				return true
			}
			if j+1 == len(groups) || groups[j+1].letter || groups[j+1].gapBefore > 8 || len(number) > 19 {
				break
			}
		}
	}
	return false
}

func luhn(number string) bool {
	if len(number) < 13 || len(number) > 19 {
		return false
	}
	sum := 0
	for i, double := len(number)-1, false; i >= 0; i, double = i-1, !double {
		n := int(number[i] - '0')
		if double {
			n = n*2/10 + n*2%10
		}
		sum += n
	}
	return sum%10 == 0
}

func FuzzCardFinder(f *testing.F) {
	for _, seed := range []string{testkit.Card, testkit.Spelled(testkit.Card, 4, " "), testkit.Spelled(testkit.Card, 1, ". "), "1 1 1 1", testkit.InScript(testkit.Card, '٠') + "\u200b1", "4222222222222 5", "37 14496 35398431x"} {
		f.Add(seed)
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var b strings.Builder
		for range 40 {
			b.WriteString([]string{"4", "1", "5", "0", "2", "37", "6011", " ", "-", "\u200b", "x", "٣", "         "}[dice.IntN(13)])
		}
		f.Add(b.String())
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, " ")
		if got, want := cards.FindCard(text), reference(text); got != want {
			t.Errorf("%q: %t, the reference says %t", text, got, want)
		}
		// What is hidden by escapes is found as well, whatever stands around it.
		hidden := text + "x" + testkit.Spelled(testkit.Card, 4, "&#32;")
		if !cards.Held(hidden) && !strings.ContainsAny(text, "&%\\") {
			t.Errorf("%q: the hidden number is not found", hidden)
		}
	})
}

func FuzzUnescape(f *testing.F) {
	f.Add("&#32;%20\\u0020\\x41%zz%")
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.ContainsAny(text, `%\`) && cards.Unescape(text) != html.UnescapeString(text) {
			t.Errorf("%q is %q", text, cards.Unescape(text))
		}
	})
}

// The worst text costs one pass, whatever it is made of: a body of a MiB must not
// take a core for long.
func BenchmarkC2_finder(b *testing.B) {
	const size = 1 << 20
	for name, part := range map[string]string{"ones": "1 ", "digits": "4", "letters": "a", "wide digits": "４ ", "entities": "&#32;1", "percent": "%201", "gaps": "1        "} {
		text := strings.Repeat(part, size/len(part))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				cards.Held(text)
			}
		})
	}
}
