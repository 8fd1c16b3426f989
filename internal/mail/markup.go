package mail

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// What a marketplace's own HTML may have. It is a list of what is known to do nothing: whatever else there is or will be
// is refused.
var (
	tags = words(`a abbr address article aside b bdi bdo big blockquote body br caption center code col colgroup dd del div dl dt em figcaption
		figure font footer h1 h2 h3 h4 h5 h6 head header hr html i img ins li main ol p pre s section small span strike strong style sub sup
		table tbody td tfoot th thead time title tr tt u ul wbr`)
	attributes = words(`align alt bgcolor border cellpadding cellspacing class color colspan dir face height href id lang role rowspan size src start
		style title type valign width`)
	address = regexp.MustCompile(`(?i)^(?:https?:|mailto:|tel:|cid:|#|\{\{)`)
	runs    = regexp.MustCompile(`(?i)(?:java|vb)script:|expression\(`)
)

func words(text string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(text) {
		all[w] = true
	}
	return all
}

// leads reports whether the value of an attribute is an address.
func leads(attribute string) bool { return attribute == "href" || attribute == "src" }

// checkTag refuses a tag that is not for e-mails. None has a < or a > inside, so that programs that read HTML in another way
// find no other tag in it.
func checkTag(t html.Token, raw string) error {
	if !tags[t.Data] {
		return errTag(t)
	}
	if strings.ContainsAny(raw[1:len(raw)-1], "<>") {
		return fmt.Errorf("has a < or > inside <%s>; write &lt; and &gt;", t.Data)
	}
	for _, a := range t.Attr {
		switch value := bare(a.Val); {
		case strings.Contains(a.Key, "{{"): // is refused where it would be filled in, with what to do
		case !attributes[a.Key] && !strings.HasPrefix(a.Key, "aria-"):
			return fmt.Errorf("must have no scripts, and no attribute %.20s", a.Key)
		case leads(a.Key) && !address.MatchString(value), (leads(a.Key) || a.Key == "style") && runs.MatchString(value):
			return fmt.Errorf("has %s=%.40q; use an address with https, mailto or tel, or a placeholder", a.Key, a.Val)
		}
	}
	return nil
}

func errTag(t html.Token) error {
	return fmt.Errorf("must have no scripts, frames, forms and the like; <%.20s> is not for e-mails", t.Data)
}

// checkOther refuses the end of a tag that is not for e-mails, and comments of which programs may see different ends.
func checkOther(kind html.TokenType, t html.Token, raw string) error {
	switch {
	case kind == html.EndTagToken && !tags[t.Data]:
		return errTag(t)
	case kind == html.CommentToken && (!strings.HasPrefix(raw, "<!--") || !strings.HasSuffix(raw, "-->") || strings.ContainsAny(t.Data, "<>")):
		return errors.New("must have no < and > inside of comments")
	}
	return nil
}

// checkText refuses a text that another program may take for a tag, and in styles what comes from elsewhere.
func checkText(raw, inside string) error {
	switch {
	case strings.Contains(raw, "<"):
		return errors.New("has a < that begins no tag; write &lt;")
	case inside == "style" && placeholder.MatchString(raw):
		return errors.New("must have no {{names}} in style")
	case inside == "style" && strings.Contains(strings.ToLower(raw), "@import"):
		return errors.New("must have no style from elsewhere (@import)")
	}
	return nil
}

// bare is a value without what a browser passes over in an address.
func bare(value string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.IsSpace(r) || r == '\\' {
			return -1
		}
		return r
	}, value)
}
