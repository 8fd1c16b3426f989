package guide

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/look"
	"github.com/handsel-dev/handsel/server/web"
)

const (
	longest    = 100 // bytes of what is searched for
	mostFound  = 20
	mostWords  = 8
	excerpt    = 160 // bytes that are shown of what is found
	titleCount = 20  // what a word in a title counts
	mostCount  = 5   // of a word in a text
)

// place is where something may be found.
type place struct {
	Path, Document, Title string
	text                  string
	title, words          string // in which one searches, in lower case
}

// hit is a place that has all words.
type hit struct {
	*place
	Excerpt string
	score   int
}

func (p *place) name() string {
	if p.Title == "" {
		return p.Document
	}
	return p.Document + ": " + p.Title
}

// search shows what is found of q.
func search(routes func() []web.Route) web.Handler {
	index := sync.OnceValues(func() ([]*place, error) { return places(routes()) })
	return func(c *gin.Context, _ web.Route) error {
		asked := c.Query("q")
		if len(asked) > longest {
			return fault.New(fault.Invalid, "invalid_query", "search for at most %d letters", longest)
		}
		all, err := index()
		if err != nil {
			return err
		}
		scripts(c)
		return look.Send(c, look.Frame{Title: "Search", Sentence: "Search", Bar: bar(asked)}, results(asked, find(all, asked)))
	}
}

// places are the sections of all documents, the codes of refusals and the calls.
func places(routes []web.Route) ([]*place, error) {
	all, err := library()
	m, also := written(routes)
	if err = errors.Join(err, also); err != nil {
		return nil, err
	}
	var places []*place
	add := func(path, document, title, text string) {
		places = append(places, &place{path, document, title, text, lower(document + " " + title), lower(text)})
	}
	for _, d := range all {
		for _, s := range d.Sections {
			path := d.Path()
			if s.ID != "" {
				path += "#" + s.ID
			}
			add(path, d.Title, s.Title, s.Text())
		}
	}
	for _, g := range fault.Reasons() {
		for _, m := range g.Meanings {
			add(web.ErrorPages+"/"+string(m.Reason), "Refusals", string(m.Reason), plain(m.Means)+" "+plain(m.Next))
		}
	}
	for _, r := range routes {
		add(m.at(r.Operation()), "Calls", r.Method+" "+r.Path, r.Summary)
	}
	for _, o := range m.described() {
		text := o.Text
		for _, f := range o.Fields {
			text += " " + f.Name + ": " + f.Text
		}
		add(m.objects[o.Name], "Objects", o.Name, text)
	}
	return places, nil
}

// find are the best places that have every word.
func find(all []*place, asked string) []hit {
	words := strings.Fields(lower(asked))
	if len(words) == 0 {
		return nil
	}
	words = words[:min(len(words), mostWords)]
	var hits []hit
	for _, p := range all {
		if score := p.score(words); score > 0 {
			hits = append(hits, hit{p, "", score})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	hits = hits[:min(len(hits), mostFound)]
	for i := range hits {
		hits[i].Excerpt = hits[i].around(words)
	}
	return hits
}

// score is 0 where a word is missing.
func (p *place) score(words []string) (sum int) {
	for _, w := range words {
		n := min(strings.Count(p.words, w), mostCount)
		if strings.Contains(p.title, w) {
			n += titleCount
		}
		if n == 0 {
			return 0
		}
		sum += n
	}
	return sum
}

// around is what the text says where the first of the words is.
func (p *place) around(words []string) string {
	at := 0
	for _, w := range words {
		if at = max(0, strings.Index(p.words, w)); at > 0 {
			break
		}
	}
	from := max(0, at-excerpt/3)
	to := min(len(p.text), from+excerpt)
	if space := strings.LastIndexByte(p.text[:from], ' '); space >= 0 {
		from = space + 1
	}
	text := strings.ToValidUTF8(p.text[from:to], "")
	if from > 0 {
		text = "… " + text
	}
	if to < len(p.text) {
		text += " …"
	}
	return text
}

// lower writes letters of ASCII small, so that every letter stays at its place.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}
