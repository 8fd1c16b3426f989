package mail

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"text/template/parse"
)

// Kind is a template, by the name of its files: templates/<language>/<kind>.txt.
type Kind string

// shared is the file of words that all templates of a language have.
const shared = "words"

// Kinds lists every kind, sorted. The files of the default language say which there are;
// every other language must have the same.
func Kinds() []Kind {
	texts, err := files.ReadDir("templates/" + DefaultLanguage)
	if err != nil {
		return nil // NewTemplates says so
	}
	var all []Kind
	for _, text := range texts {
		if name := strings.TrimSuffix(text.Name(), ".txt"); name != shared {
			all = append(all, Kind(name))
		}
	}
	return all
}

// Data fills a template. All of it but Link may come from users: it is put on one
// line, rid of control characters, shortened, and escaped in HTML.
type Data struct {
	Language     string // empty: DefaultLanguage
	Marketplace  string // needed
	Recipient    string // full name
	Counterparty string // full name of the other side
	Amount       string // exact, with its currency and a decimal point, e.g. "100.00 USDT"
	OrderID      string // needed, unless the template does not name it
	Title        string // what the deal is about; empty: it is not said
	Reason       string // free text of the other side or of an operator
	Until        string // a moment, with its zone; empty for none
	Minutes      int64  // how long that is from what happened
	State        string // where a deal waits, for Days
	Days         int64
	Urgency      string // "overdue", "urgent", "high" or anything else
	Link         string // https URL of the order; empty for none
	Stop         string // https URL that ends messages of this kind; empty for none
	Count        int64  // of things that wait
	Tasks        []Waiting
}

// Waiting is how many things of one kind wait for a person, and for how long.
type Waiting struct {
	Kind   string // in words of the language, by its code: see templates/*/tasks_waiting.txt
	Count  int64
	Days   int64 // of the oldest
	Detail string
}

// The longest texts that are put into a mail, in characters.
const (
	maxWord   = 60
	maxReason = 500
)

//go:embed templates
var files embed.FS

// Templates writes messages. It is immutable and safe for concurrent use.
type Templates struct {
	texts   map[string]map[Kind]text // by language
	ordered map[Kind]bool            // is about an order
}

// NewTemplates parses the embedded templates, once per process.
func NewTemplates() (*Templates, error) { return parsed() }

var parsed = sync.OnceValues(parseAll)

func parseAll() (*Templates, error) {
	t := &Templates{texts: map[string]map[Kind]text{}, ordered: map[Kind]bool{}}
	for _, language := range Languages() {
		t.texts[language] = map[Kind]text{}
		folder := "templates/" + language + "/"
		words, err := readText(folder+shared+".txt", nil)
		if err != nil {
			return nil, err
		}
		for _, k := range Kinds() {
			name := folder + string(k) + ".txt"
			if t.texts[language][k], err = readText(name, words.trees); err != nil {
				return nil, err
			}
			source, err := files.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("mail: read %s: %w", name, err)
			}
			t.ordered[k] = t.ordered[k] || strings.Contains(string(source), ".OrderID")
		}
	}
	return t, nil
}

func readText(name string, named map[string]*parse.Tree) (text, error) {
	source, err := files.ReadFile(name)
	if err != nil {
		return text{}, fmt.Errorf("mail: read %s: %w", name, err)
	}
	t, err := parseText(name, string(source), named)
	if err != nil {
		return text{}, fmt.Errorf("mail: parse %s: %w", name, err)
	}
	return t, nil
}

// page is what the HTML layout shows: the same words as the text part.
type page struct {
	Language, Marketplace, Subject, Link, Open, Stop, StopWords string
	Paragraphs                                                  []string
}

// Write returns the message of an occasion, without To and ID. It returns an
// error for an unknown kind or language, a missing marketplace or order, or a link
// that is not an https URL (http is for loopback).
func (t *Templates) Write(k Kind, d Data) (Message, error) {
	d, err := t.ready(k, d)
	if err != nil {
		return Message{}, err
	}
	var written strings.Builder
	if err := t.texts[d.Language][k].Execute(&written, d); err != nil {
		return Message{}, fmt.Errorf("mail: write %s: %w", k, err)
	}
	paragraphs := split(written.String())
	return t.compose(k, d, paragraphs[0], paragraphs[1:])
}

// ready checks what a message is made of, and makes it fit to be written.
func (t *Templates) ready(k Kind, d Data) (Data, error) {
	d.Language = cmp.Or(d.Language, DefaultLanguage)
	if err := CheckLanguage(d.Language); err != nil {
		return d, fmt.Errorf("mail: %w", err)
	}
	if _, known := t.texts[d.Language][k]; !known {
		return d, fmt.Errorf("mail: there is no template %q", k)
	}
	d = d.clean()
	if d.Marketplace == "" || d.OrderID == "" && t.ordered[k] {
		return d, errors.New("mail: a message needs the marketplace's name and the order")
	}
	for _, link := range []string{d.Link, d.Stop} {
		if link != "" && !SafeLink(link) {
			return d, errors.New("mail: a link must be an https URL")
		}
	}
	return d, nil
}

// compose lays out a message.
func (t *Templates) compose(k Kind, d Data, subject string, paragraphs []string) (Message, error) {
	var open, stop, html strings.Builder
	words := t.texts[d.Language][k]
	if err := errors.Join(words.Named(&open, "open", nil), words.Named(&stop, "stop", nil)); err != nil {
		return Message{}, fmt.Errorf("mail: write %s: %w", k, err)
	}
	if err := layout(page{d.Language, d.Marketplace, subject, d.Link, open.String(), d.Stop, stop.String(), paragraphs}).Render(context.Background(), &html); err != nil {
		return Message{}, fmt.Errorf("mail: write %s as HTML: %w", k, err)
	}
	text := slices.Clone(paragraphs)
	if d.Link != "" {
		text = append(text, d.Link)
	}
	text = append(text, d.Marketplace)
	if d.Stop != "" {
		text = append(text, stop.String()+": "+d.Stop)
	}
	return Message{Kind: k, Subject: subject, Text: strings.Join(text, "\n\n") + "\n", HTML: html.String(), Unsubscribe: d.Stop}, nil
}

// split cuts what a template wrote into the subject and the paragraphs, one line
// each. The data has no line breaks, so it cannot make one more.
func split(written string) []string {
	var lines []string
	for line := range strings.Lines(written) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func (d Data) clean() Data {
	for _, word := range []*string{&d.Marketplace, &d.Recipient, &d.Counterparty, &d.Amount, &d.OrderID, &d.Title, &d.Until, &d.State} {
		*word = shorten(plain(*word), maxWord)
	}
	d.Reason = shorten(plain(d.Reason), maxReason)
	d.Tasks = slices.Clone(d.Tasks)
	for i := range d.Tasks {
		d.Tasks[i].Detail = shorten(plain(d.Tasks[i].Detail), maxReason)
	}
	d.Amount = strings.Replace(d.Amount, ".", decimals[d.Language], 1)
	return d
}

// SafeLink reports whether a link may stand in a mail: an https URL without a
// password, or an http one to this machine.
func SafeLink(link string) bool {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || u.User != nil || plain(link) != link || strings.Contains(link, " ") {
		return false
	}
	return u.Scheme == "https" || (u.Scheme == "http" && loopback(u.Hostname()))
}
