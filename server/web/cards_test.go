package web_test

import (
	"html"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/web"
)

func TestS5_cardNumbersInEverySpelling(t *testing.T) {
	t.Parallel()
	found := map[string]string{
		"plain": facetest.Card, "in a sentence": "pay to " + facetest.Card + ", please", "after letters": "card" + facetest.Card, "before letters": facetest.Card + "x",
		"zero width inside": "4111\u200b111111111111", "joined by zero width": facetest.Spelled(facetest.Card, 1, "\u200d"), "keycaps": facetest.Spelled(facetest.Card, 1, "\ufe0f\u20e3") + "\ufe0f\u20e3",
		"full width": facetest.InScript(facetest.Card, '０'), "arabic-indic": facetest.InScript(facetest.Card, '٠'), "persian": facetest.InScript(facetest.Card, '۰'), "devanagari": facetest.InScript(facetest.Card, '०'),
		"mathematical bold": facetest.InScript(facetest.Card, '𝟎'), "mathematical monospace": facetest.InScript(facetest.Card, '𝟶'), "mixed": facetest.InScript(facetest.Card[:8], '𝟘') + facetest.Card[8:],
		"in circles": facetest.InScript(facetest.Card, '①'-1), "lowered": facetest.InScript(facetest.Card, '₀'),
		"entity": facetest.Spelled(facetest.Card, 4, "&#32;"), "entity without end": facetest.Spelled(facetest.Card, 4, "&#32"), "named entity": facetest.Spelled(facetest.Card, 4, "&nbsp;"),
		"digits as entities": "&#52;" + facetest.Card[1:], "entity twice": facetest.Spelled(facetest.Card, 4, "&amp;#32;"),
		"percent": facetest.Spelled(facetest.Card, 4, "%20"), "digits in percent": "%34" + facetest.Card[1:], "percent twice": facetest.Spelled(facetest.Card, 4, "%2520"),
		"percent of a wide character": facetest.Spelled(facetest.Card, 4, "%C2%A0"), "escape": facetest.Spelled(facetest.Card, 4, `\u0020`), "hexadecimal escape": facetest.Spelled(facetest.Card, 4, `\x20`),
		"after a percent sign": "100%" + facetest.Card, "amex": "371449635398431", "amex as printed": "3714 496353 98431", "diners": "30569309025904",
		"discover": "6011111111111117", "jcb": "3530111333300000", "mastercard": "5555555555554444", "mastercard of the second range": "2223003122003222",
		"mir": "2200000000000004", "maestro": "6759649826438453", "unionpay": "6200000000000005", "visa of 13": "4222222222222", "visa of 19": "4000000000000000006",
		"as a fraction": "4111111111111111.0", "with an exponent": "4.111111111111111e15",
	}
	for _, between := range []string{" ", "  ", "-", ".", "/", "_", ",", ", ", "\u00a0", "\u2013", "\u2014", "\u2212", "\n", "\t", "*", "|", " - ", "\u3000", "\u202f", "'", "😀"} {
		found["between "+strconv.Quote(between)] = facetest.Spelled(facetest.Card, 4, between)
		found["between each "+strconv.Quote(between)] = facetest.Spelled(facetest.Card, 1, between)
	}
	for name, text := range found {
		if !web.HoldsCardNumber(text) {
			t.Errorf("%s: %q is not recognized", name, text)
		}
	}
}

func TestM39_whatIsNoCardNumber(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"IMEI": "490154203237518", "IMEI of a phone": "356938035643809", "IMEI in groups": "35-693803-564380-9",
		"wrong check digit": "4111111111111112", "no issuer's": "1234567890123452", "too short": "411111111111", "part of a longer number": facetest.Card + "00000000",
		"order number": "2026112800000017", "milliseconds": "1795903200000", "microseconds": "1795903200000009", "nanoseconds": "1795903200000000002",
		"date and time": "2026-11-28 22:05:09.123456", "phone": "+49 151 23456789", "words between": "4111 and 1111 and 1111 and 1111",
		"far apart": facetest.Spelled(facetest.Card, 4, strings.Repeat(" ", 20)), "UUID": "41111111-1111-4111-8111-111111111111",
		"hash": "a4111111111111111b3f0c1d2e4f5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5", "IBAN": "DE89 3704 0044 0532 0130 00", "empty": "", "percent": "100%",
	} {
		if web.HoldsCardNumber(text) {
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
		digit, isDigit := web.DigitOf(r)
		switch {
		case isDigit && inside:
			groups[len(groups)-1].digits += strconv.Itoa(int(digit))
		case isDigit:
			groups = append(groups, group{strconv.Itoa(int(digit)), gap, letter})
			inside, gap, letter = true, 0, false
		case web.Unseen(r):
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
			if luhn(number) && web.IssuedAs(number) {
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
	for _, seed := range []string{facetest.Card, facetest.Spelled(facetest.Card, 4, " "), facetest.Spelled(facetest.Card, 1, ". "), "1 1 1 1", facetest.InScript(facetest.Card, '٠') + "\u200b1", "4222222222222 5", "37 14496 35398431x"} {
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
		if got, want := web.FindCard(text), reference(text); got != want {
			t.Errorf("%q: %t, the reference says %t", text, got, want)
		}
		// What is hidden by escapes is found as well, whatever stands around it.
		hidden := text + "x" + facetest.Spelled(facetest.Card, 4, "&#32;")
		if !web.HoldsCardNumber(hidden) && !strings.ContainsAny(text, "&%\\") {
			t.Errorf("%q: the hidden number is not found", hidden)
		}
	})
}

func FuzzUnescape(f *testing.F) {
	f.Add("&#32;%20\\u0020\\x41%zz%")
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.ContainsAny(text, `%\`) && web.Unescape(text) != html.UnescapeString(text) {
			t.Errorf("%q is %q", text, web.Unescape(text))
		}
	})
}

// The worst text costs one pass, whatever it is made of: a body of a MiB must not
// take a core for long.
func BenchmarkC2_cardFinder(b *testing.B) {
	const size = 1 << 20
	for name, part := range map[string]string{"ones": "1 ", "digits": "4", "letters": "a", "wide digits": "４ ", "entities": "&#32;1", "percent": "%201", "gaps": "1        "} {
		text := strings.Repeat(part, size/len(part))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				web.HoldsCardNumber(text)
			}
		})
	}
}

// What a body costs grows with its length, not with the length of its names for each
// of its values.
func TestC2_longNamesAreReadOnce(t *testing.T) {
	t.Parallel()
	body := `{"` + strings.Repeat("a", 256<<10) + `":[` + strings.Repeat("1,", 100_000) + "1]}"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := web.DecodeStrictly([]byte(body)); err == nil {
		t.Error("an unknown member is read")
	}
	runtime.ReadMemStats(&after)
	// Tests beside this one allocate too; a copy of the name for each value is 25 GiB.
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 4<<30 {
		t.Errorf("%d MiB were allocated for a body of %d KiB", spent>>20, len(body)>>10)
	}
}

// Where a value stands decides how closely it is looked at, at every depth.
func TestC2_placesInBodies(t *testing.T) {
	t.Parallel()
	for body, refused := range map[string]bool{
		`{"payment_details":{"card_number":"` + facetest.Card + `"}}`:         false,
		`{"payment_details":{"a":[{"card_number":"` + facetest.Card + `"}]}}`: false,
		`{"payment_details":"` + facetest.Card + `"}`:                         true,
		`{"payment_details":{"cvv":"1"}}`:                                     true,
		`{"payment_details/x":{"a":"` + facetest.Card + `"}}`:                 true,
		`{"a":{"payment_details":{"card":"` + facetest.Card + `"}}}`:          true,
		`{"payment_details":{"a":"b"},"note":"` + facetest.Card + `"}`:        true,
		`[{"payment_details":{"a":"` + facetest.Card + `"}}]`:                 true,
		`{"tracking_code":"` + facetest.Card + `"}`:                           false,
		`{"tracking_code":["` + facetest.Card + `"]}`:                         true,
		`{"tracking_code":{"a":"` + facetest.Card + `"}}`:                     true,
	} {
		if got := web.CardsBesidesDetails([]byte(body)); got != refused {
			t.Errorf("%s: refused %t, want %t", body, got, refused)
		}
	}
}

// A bank account may be numbered as a card is; nothing beside it may.
func TestC2_bankAccounts(t *testing.T) {
	t.Parallel()
	for body, refused := range map[string]bool{
		`{"details":{"funding_account_number":"` + facetest.Card + `"}}`:   false,
		`{"details":{"funding_account_number":["` + facetest.Card + `"]}}`: true,
		`{"details":{"funding_routing_number":"` + facetest.Card + `"}}`:   true,
		`{"details":{"first_name":"` + facetest.Card + `"}}`:               true,
		`{"details":{"cvv":"1"}}`:                                          true,
	} {
		if got := web.CardsBesidesBankAccounts([]byte(body)); got != refused {
			t.Errorf("%s: refused %t, want %t", body, got, refused)
		}
	}
	if !web.CardsBesidesDetails([]byte(`{"funding_account_number":"` + facetest.Card + `"}`)) {
		t.Error("a bank account is taken elsewhere")
	}
}
