// Package cards finds card numbers in texts, in every spelling, and masks them.
package cards

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// finder finds card numbers in one pass over a text: 13 to 19 digits in a
// length and a range that an issuer uses, with a right check digit. Digits count in
// every script. Between the digits may stand whatever is no letter, up to maxGap
// characters, and what nobody sees counts for nothing. A number begins and ends
// where a group of digits does, so that longer numbers do not hold shorter ones.
type finder struct {
	common bool     // numbers of the common lengths only
	digits [32]byte // the last digits, by count modulo 32
	starts [32]bool // whether a group begins with the digit
	count  int      // digits since the last letter
	inside bool     // the last character was a digit
	gap    int      // characters since the last digit
}

const (
	minCard = 13
	maxCard = 19
	maxGap  = 8 // characters between two digits; our choice
)

// readings is how often a text that was escaped is unescaped; our choice.
const readings = 3

const longestHash = 128 // hexadecimal digits: SHA-512

var (
	UUIDForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	hash     = regexp.MustCompile(`^[0-9a-fA-F]{32,}$`)
)

// Held finds a card number in a text.
func Held(text string) bool { return holds(text, false) }

// HeldInID finds one of a common length in what names something: an id, a key, a path.
func HeldInID(text string) bool { return holds(text, true) }

// Masked is a text that can be kept: where it holds a card number, all its digits are hidden, since a number may be
// spelled in many ways.
func Masked(text string) string {
	if !Held(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if _, digit := digitOf(r); digit {
			return '*'
		}
		return r
	}, text)
}

// holds looks at a text as it is, and as it reads without its entities and
// escapes. UUIDs and hashes are left alone: they hold digits by chance.
func holds(text string, common bool) bool {
	if len(text) < minCard || ByChance(text) {
		return false
	}
	for range readings {
		if find(text, common) {
			return true
		}
		plain := unescape(text)
		if plain == text {
			return false
		}
		text = plain
	}
	return find(text, common)
}

// ByChance reports whether a text is a UUID or a hash.
func ByChance(text string) bool {
	return len(text) <= longestHash && (UUIDForm.MatchString(text) || hash.MatchString(text) && strings.ContainsAny(text, "abcdefABCDEF"))
}

func find(text string, common bool) bool {
	f := finder{common: common}
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		i += size
		if f.count == 0 && (r >= 'a' && r <= 'z' || r == ' ') {
			continue // most of every text
		}
		if f.read(r) {
			return true
		}
	}
	return f.ends()
}

// read takes the next character and reports whether a card number ended before it.
func (f *finder) read(r rune) bool {
	digit, isDigit := digitOf(r)
	switch {
	case isDigit:
		f.digits[f.count%32], f.starts[f.count%32] = digit, !f.inside
		f.count++
		f.inside, f.gap = true, 0
		return false
	case unseen(r):
		return false
	}
	found := f.ends()
	if f.gap++; f.gap > maxGap || isLetter(r) {
		f.count = 0
	}
	return found
}

// ends closes a group of digits and reports whether a card number ends with it.
func (f *finder) ends() bool {
	if !f.inside {
		return false
	}
	f.inside = false
	if f.count < minCard {
		return false
	}
	sum := 0
	for n := 1; n <= min(f.count, maxCard); n++ {
		at := (f.count - n) % 32
		digit := int(f.digits[at])
		if n%2 == 0 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
		if n >= minCard && f.starts[at] && sum%10 == 0 && f.issued(n) {
			return true
		}
	}
	return false
}

// issued reports whether an issuer numbers cards like the last n digits.
func (f *finder) issued(n int) bool {
	if f.common && n != 15 && n != 16 {
		return false
	}
	prefix := 0
	for i := range 6 {
		prefix = prefix*10 + int(f.digits[(f.count-n+i)%32])
	}
	for _, b := range brands {
		if prefix >= b.first && prefix <= b.last && b.lengths&(1<<n) != 0 {
			return true
		}
	}
	return false
}

// brand is a range of numbers by their first six digits, and the lengths that
// cards have there, as bits.
type brand struct {
	first, last int
	lengths     uint32
}

// Lengths of numbers.
const (
	of13, of14, of15, of16, of18, of19 = 1 << 13, 1 << 14, 1 << 15, 1 << 16, 1 << 18, 1 << 19
	from13                             = of13 | of14 | of15 | from16
	from16                             = of16 | 1<<17 | of18 | of19
)

// brands are the ranges that schemes publish (ISO/IEC 7812 major industries 3 to 6,
// and the national schemes). UATP, which has 15 digits as IMEIs have, is left out.
var brands = [...]brand{
	{180000, 180099, of15}, {213100, 213199, of15}, // JCB
	{220000, 220599, from16},                                                                                                   // Mir, Borica
	{222100, 272099, of16},                                                                                                     // Mastercard
	{300000, 305999, of14 | of16}, {309500, 309599, of14 | of16}, {360000, 369999, of14 | of16}, {380000, 399999, of14 | of16}, // Diners Club
	{340000, 349999, of15}, {370000, 379999, of15}, // American Express
	{352800, 358999, from16},                                                                               // JCB
	{400000, 499999, of13 | of16 | of18 | of19},                                                            // Visa
	{500000, 509999, from16},                                                                               // Maestro, Verve, Elo, RuPay
	{501800, 501899, from13}, {502000, 502099, from13}, {503800, 503899, from13}, {589300, 589399, from13}, // Maestro
	{510000, 559999, of16},                                                       // Mastercard
	{560000, 589999, from16},                                                     // Maestro, Uzcard
	{600000, 699999, from16},                                                     // Discover, UnionPay, Maestro, RuPay, Troy, Elo, Hipercard
	{630400, 630499, from13}, {675900, 675999, from13}, {676100, 676399, from13}, // Maestro
	{810000, 829999, from16}, // UnionPay, RuPay
	{860000, 860099, of16},   // Uzcard
	{979200, 979299, of16},   // Troy
	{986000, 986099, of16},   // Humo
}

// digitOf is a character's digit: of any script, or raised, lowered or in a circle.
func digitOf(r rune) (byte, bool) {
	if r < utf8.RuneSelf {
		return byte(r - '0'), r >= '0' && r <= '9'
	}
	if unicode.Is(unicode.Nd, r) {
		return digitOfScript(r), true
	}
	switch {
	case r == '¹':
		return 1, true
	case r == '²' || r == '³':
		return byte(r-'²') + 2, true
	case r == '⁰' || r >= '⁴' && r <= '⁹':
		return byte(r - '⁰'), true
	case r >= '₀' && r <= '₉':
		return byte(r - '₀'), true
	case r == '⓪' || r == '⓿':
		return 0, true
	}
	for _, one := range [...]rune{'①', '⑴', '⒈', '❶', '➀', '➊', '⓵'} {
		if r >= one && r < one+9 {
			return byte(r-one) + 1, true
		}
	}
	return 0, false
}

// digitOfScript finds the value of a decimal digit: Unicode lists them in rows of
// ten, from zero on.
func digitOfScript(r rune) byte {
	for _, row := range unicode.Nd.R16 {
		if r >= rune(row.Lo) && r <= rune(row.Hi) {
			return byte((r - rune(row.Lo)) % 10)
		}
	}
	for _, row := range unicode.Nd.R32 {
		if r >= rune(row.Lo) && r <= rune(row.Hi) {
			return byte((r - rune(row.Lo)) % 10)
		}
	}
	return 0
}

// unseen are characters of no width: format characters and what joins the one
// before.
func unseen(r rune) bool {
	return r >= utf8.RuneSelf && (unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me) || r == '\u115f' || r == '\u3164')
}

func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return unicode.In(r, unicode.L, unicode.Nl, unicode.No)
}

// unescape resolves HTML's entities, percent escapes and \u escapes once. What is
// no escape stays as it is.
func unescape(text string) string {
	if strings.ContainsRune(text, '&') {
		text = html.UnescapeString(text)
	}
	if !strings.ContainsAny(text, `%\`) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); {
		r, size := escaped(text[i:])
		if size == 0 {
			b.WriteByte(text[i])
			i++
			continue
		}
		if text[i] == '%' {
			b.WriteByte(byte(r)) // a byte of a character
		} else {
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// escaped reads %20, \x20 or \u0020; size is 0 for anything else.
func escaped(text string) (r rune, size int) {
	prefix, digits := 1, 2
	switch {
	case text[0] == '%':
	case strings.HasPrefix(text, `\x`):
		prefix = 2
	case strings.HasPrefix(text, `\u`):
		prefix, digits = 2, 4
	default:
		return 0, 0
	}
	if len(text) < prefix+digits {
		return 0, 0
	}
	for _, c := range []byte(text[prefix : prefix+digits]) {
		value := strings.IndexByte("0123456789abcdef", c|0x20)
		if value < 0 || c < '0' {
			return 0, 0
		}
		r = r<<4 | rune(value)
	}
	return r, prefix + digits
}
