package mail

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

var errOtherVersion = errors.New("mail: a template of another version")

// html fills the HTML part in: in texts and in the values of attributes, each value escaped for its place.
func (c Custom) html(values map[string]string) (string, error) {
	if rest := placeholder.ReplaceAllString(c.HTML, ""); strings.Contains(rest, "{{") {
		return "", errOtherVersion
	}
	escaped := map[string]string{}
	for name, value := range values {
		escaped[name] = html.EscapeString(value)
	}
	var out strings.Builder
	inside := "" // the element that began last
	for z := html.NewTokenizer(strings.NewReader(c.HTML)); ; {
		kind := z.Next()
		raw := string(z.Raw())
		named := placeholder.MatchString(raw)
		switch {
		case kind == html.ErrorToken && errors.Is(z.Err(), io.EOF) && raw != "":
			return "", errors.New("must not end inside a tag")
		case kind == html.ErrorToken && errors.Is(z.Err(), io.EOF):
			return out.String(), nil
		case kind == html.ErrorToken:
			return "", fmt.Errorf("mail: read the HTML: %w", z.Err())
		case kind == html.TextToken:
			if err := checkText(raw, inside); err != nil {
				return "", err
			}
			out.WriteString(fill(raw, escaped))
		case kind == html.StartTagToken || kind == html.SelfClosingTagToken:
			tag := z.Token()
			inside = tag.Data
			filled, err := filledTag(tag, raw, values)
			if err != nil {
				return "", err
			}
			out.WriteString(filled)
		case named:
			return "", errors.New("must have {{names}} in texts and attributes only")
		default:
			if err := checkOther(kind, z.Token(), raw); err != nil {
				return "", err
			}
			inside = ""
			out.WriteString(raw)
		}
	}
}

// filledTag is a tag as it is sent: as it stands, or with its names filled in.
func filledTag(tag html.Token, raw string, values map[string]string) (string, error) {
	if err := checkTag(tag, raw); err != nil || !placeholder.MatchString(raw) {
		return raw, err
	}
	err := fillTag(&tag, values)
	return tag.String(), err
}

// fillTag fills the values of the attributes of a tag in.
func fillTag(tag *html.Token, values map[string]string) error {
	if placeholder.MatchString(tag.Data) {
		return errors.New("must have no {{names}} in the name of a tag")
	}
	for i := range tag.Attr {
		a := &tag.Attr[i]
		first := placeholder.FindStringSubmatchIndex(a.Val)
		switch {
		case strings.Contains(a.Key, "{{") || strings.Contains(a.Key, "}}"):
			return errors.New("must have no {{names}} in the name of an attribute; put its value in quotes")
		case first == nil:
		case a.Key == "style" || a.Key == "srcdoc" || strings.HasPrefix(a.Key, "on"):
			return fmt.Errorf("must have no {{names}} in %s", a.Key)
		case leads(a.Key):
			filled, err := fillAddress(a.Val, first, values)
			if err != nil {
				return fmt.Errorf("%s %w", a.Key, err)
			}
			a.Val = filled
		default:
			a.Val = fill(a.Val, values)
		}
	}
	return nil
}

// fillAddress begins with a link that was checked, or with what the template says; all else is escaped.
func fillAddress(address string, first []int, values map[string]string) (string, error) {
	begin := ""
	if first[0] == 0 {
		name := address[first[2]:first[3]]
		if name != "link" && name != "stop_link" {
			return "", errors.New("must begin with {{link}}, {{stop_link}} or an address of your own")
		}
		begin, address = values[name], address[first[1]:]
	}
	escaped := map[string]string{}
	for name, value := range values {
		escaped[name] = url.QueryEscape(value)
	}
	return begin + fill(address, escaped), nil
}
