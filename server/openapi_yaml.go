package server

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// object is a YAML mapping that keeps its order.
type object []member

type member struct {
	name  string
	value any // object, []any, string, bool, int or int64
}

// plainText is what YAML reads as a string without quotes, in every version.
var plainText = regexp.MustCompile(`^[A-Za-z/$][A-Za-z0-9_/.{}$-]*$`)

// quoted are words that YAML 1.1 reads as something else.
var quoted = map[string]bool{"true": true, "false": true, "yes": true, "no": true, "on": true, "off": true, "null": true, "y": true, "n": true}

func yamlText(s string) string {
	if plainText.MatchString(s) && !quoted[strings.ToLower(s)] && !strings.ContainsAny(s, "{}") {
		return s
	}
	return strconv.QuoteToASCII(s) // its escapes are YAML's too
}

// yaml writes a document.
func yaml(o object) []byte {
	var b bytes.Buffer
	writeObject(&b, o, 0)
	return b.Bytes()
}

func writeObject(b *bytes.Buffer, o object, depth int) {
	for _, m := range o {
		indent(b, depth)
		b.WriteString(yamlText(m.name))
		b.WriteByte(':')
		writeValue(b, m.value, depth+1)
	}
}

// writeValue writes what follows a colon or a dash, and the line's end.
func writeValue(b *bytes.Buffer, value any, depth int) {
	switch v := value.(type) {
	case object:
		if len(v) == 0 {
			b.WriteString(" {}\n")
			return
		}
		b.WriteByte('\n')
		writeObject(b, v, depth)
	case []any:
		writeList(b, v, depth)
	case string:
		b.WriteString(" " + yamlText(v) + "\n")
	default:
		fmt.Fprintf(b, " %v\n", v)
	}
}

func writeList(b *bytes.Buffer, list []any, depth int) {
	if len(list) == 0 {
		b.WriteString(" []\n")
		return
	}
	b.WriteByte('\n')
	for _, item := range list {
		if o, ok := item.(object); ok && len(o) > 0 {
			at := b.Len() + depth*len(step)
			writeObject(b, o, depth+1)
			b.Bytes()[at] = '-' // in the first member's indentation
			continue
		}
		indent(b, depth)
		b.WriteByte('-')
		writeValue(b, item, depth+1)
	}
}

const step = "  "

func indent(b *bytes.Buffer, depth int) {
	for range depth {
		b.WriteString(step)
	}
}
