package languages_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/languages"
	"github.com/handsel-dev/handsel/webhooks"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

var verbs = regexp.MustCompile(`%[a-z]|\{[a-z_]+\}`)

// said are the texts that a call says: the first literal that it is given, and of number the second one, too.
func said(call *ast.CallExpr) (all []string) {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
	}
	most := map[string]int{"say": 1, "Say": 1, "number": 2}[name]
	for _, arg := range call.Args {
		if text, ok := arg.(*ast.BasicLit); ok && text.Kind == token.STRING && len(all) < most {
			own, _ := strconv.Unquote(text.Value) // it is compiled
			all = append(all, own)
		}
	}
	return all
}

// listed are the texts of what stands in a list of what pages name: the first one of each entry that has letters.
func listed(decl *ast.GenDecl) (all []string) {
	for _, spec := range decl.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		ast.Inspect(v, func(n ast.Node) bool {
			entry, ok := n.(*ast.CompositeLit)
			if ok && inList(v.Names[0].Name, entry) {
				all = append(all, firstText(entry)...)
			}
			return true
		})
	}
	return all
}

func inList(name string, entry *ast.CompositeLit) bool {
	kind, named := entry.Type.(*ast.Ident)
	return named && kind.Name == "sort" || entry.Type == nil && (name == "places" || name == "kinds")
}

func firstText(entry *ast.CompositeLit) []string {
	for _, e := range entry.Elts {
		if text, ok := e.(*ast.BasicLit); ok && strings.ContainsAny(text.Value, "abcdefghijklmnopqrstuvwxyz") {
			own, _ := strconv.Unquote(text.Value) // it is compiled
			return []string{own}
		}
	}
	return nil
}

// plain is a name of the API as pages write it.
func plain(name string) string {
	text := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(text[:1]) + text[1:]
}

// names are those of the API that pages say in words.
func names() (all []string) {
	for _, r := range []process.Role{process.Buyer, process.Seller, process.Starter, process.Author, process.Joiner, process.Operator, process.Gateway, process.Clock} {
		all = append(all, string(r))
	}
	for _, p := range catalog.All() {
		for _, s := range p.States {
			all = append(all, plain(p.Word(s.Name)), plain(string(s.Name)))
		}
		for _, r := range p.Rules {
			all = append(all, plain(string(r.Name)))
			for _, in := range r.Inputs() {
				all = append(all, plain(in.Name))
			}
		}
	}
	for _, s := range []orchestrator.ApprovalStatus{orchestrator.ApprovalWaiting, orchestrator.ApprovalApproved, orchestrator.ApprovalDone, orchestrator.ApprovalRefused, orchestrator.ApprovalRejected, orchestrator.ApprovalExpired} {
		all = append(all, string(s))
	}
	for _, r := range []console.Role{console.Viewer, console.Support, console.Finance, console.Admin} {
		all = append(all, string(r))
	}
	for _, fate := range []webhooks.Fate{webhooks.Waits, webhooks.Applied, webhooks.GaveUp, "refused"} {
		all = append(all, plain(string(fate)))
	}
	for _, s := range []orchestrator.SellerStatus{orchestrator.SellerMissing, orchestrator.SellerPending, orchestrator.SellerActive, orchestrator.SellerRestricted, orchestrator.SellerRejected, orchestrator.SellerUnknown} {
		all = append(all, string(s))
	}
	for _, s := range []orchestrator.BankPayoutStatus{orchestrator.BankPayoutInTransit, orchestrator.BankPayoutPaid, orchestrator.BankPayoutFailed, orchestrator.BankPayoutCanceled} {
		all = append(all, strings.ReplaceAll(string(s), "_", " "))
	}
	for _, s := range []listings.AdStatus{listings.Active, listings.Paused, listings.Closed, listings.Suspended, listings.Expired} {
		all = append(all, string(s))
	}
	all = append(all, "limits", "operators", "added", "removed", "to the buyer")                                                    // what is asked of a second person, and what becomes of an order
	all = append(all, "sent", "given up", "not sent yet", "no address", "not a message", "read meanwhile", "stopped by its reader") // what becomes of an e-mail
	all = append(all, string(listings.Enabled), string(listings.Disabled), string(orchestrator.PayoutDue), strings.ReplaceAll(string(orchestrator.PayoutPaid), "_", " "))
	for _, kind := range orchestrator.TaskKinds() {
		all = append(all, plain(string(kind)), orchestrator.Task{Kind: kind}.Advice().Next)
	}
	return all
}

// texts are all that the pages say, by their English text.
func texts(t *testing.T) []string {
	t.Helper()
	all := append(names(), process.Texts(catalog.All()...)...)
	for _, s := range []outbound.DeliveryStatus{outbound.Delivered, outbound.Pending, outbound.Waiting, outbound.Dead} {
		all = append(all, string(s))
	}
	all = append(all, string(outbound.Enabled), string(outbound.Disabled))
	for _, folder := range []string{"../hooks", "../portal", "../look", "../console", "../paypage", "../comeback", "../mailstop"} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					all = append(all, said(n)...)
				case *ast.GenDecl:
					all = append(all, listed(n)...)
				}
				return true
			})
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Every text is there in every language with the same values in it, and no language has a text that no page says.
// What else it has are refusals, by their reason, alike in all.
func TestLanguages_complete(t *testing.T) {
	t.Parallel()
	all := texts(t)
	if len(all) < 50 {
		t.Fatalf("only %d texts are found: %v", len(all), all)
	}
	reasons := map[string]int{}
	for _, code := range languages.Languages[1:] {
		for _, text := range all {
			own, ok := languages.Phrases[code][text]
			if !ok || !slices.Equal(values(text), values(own)) {
				t.Errorf("%s says %q for %q", code, own, text)
			}
		}
		for text := range languages.Phrases[code] {
			if slices.Contains(all, text) {
				continue
			}
			if reasons[text]++; !isReason(text) {
				t.Errorf("%s has a text that nobody says: %q", code, text)
			}
		}
	}
	for reason, n := range reasons {
		if n != len(languages.Languages)-1 {
			t.Errorf("only %d languages say what %s is", n, reason)
		}
	}
}

// values are what is filled in: those of sentences in any order, those of formats in theirs.
func values(text string) []string {
	all := verbs.FindAllString(text, -1)
	if strings.Contains(text, "{") {
		slices.Sort(all)
		all = slices.Compact(all)
	}
	return all
}

func isReason(text string) bool {
	return slices.ContainsFunc(fault.Reasons(), func(g fault.Group) bool {
		return slices.ContainsFunc(g.Meanings, func(m fault.Meaning) bool { return string(m.Reason) == text })
	})
}

// A page is in the language that the browser wants most.
func TestLanguage(t *testing.T) {
	t.Parallel()
	for wish, want := range map[string]string{
		"": "en", "de": "de", "de-AT,de;q=0.9,en;q=0.8": "de", "fr-FR, fr;q=0.9, es;q=0.5": "es", "en;q=0.7,ES;q=0.75": "es", "en, de": "en", "fr": "en", "*": "en",
		"de;q=0": "en", "de;q=x, es; q=0.1": "es", "de;q=0.0001": "en", strings.Repeat("fr,", 40) + "de": "en", ";;;,=,q": "en", "de;q=-1": "en",
	} {
		if got := languages.Wanted(wish); got != want {
			t.Errorf("for %.40q the page is in %s, want %s", wish, got, want)
		}
	}
}

// What is told of deals has its brackets in every language.
func TestLanguages_deals(t *testing.T) {
	t.Parallel()
	for _, code := range languages.Languages[1:] {
		for _, text := range process.Texts(catalog.All()...) {
			own := languages.Phrases[code][text]
			if strings.Count(own, "[") != strings.Count(text, "[") || strings.Count(own, "[") != strings.Count(own, "]") {
				t.Errorf("%s says %q for %q", code, own, text)
			}
		}
	}
}

var (
	written   = regexp.MustCompile(`templruntime\.WriteString\([^,]+, \d+, ("(?:[^"\\]|\\.)*")\)`)
	tag       = regexp.MustCompile(`<[^>]*>`)
	attribute = regexp.MustCompile(`(?:aria-label|title|placeholder|alt)="([^"]*)"`)
	word      = regexp.MustCompile(`[A-Za-z]{3,}`)
)

// asTheyAre are what pages write alike in every language: names of programs and of the API, and examples of what is written there.
var asTheyAre = []string{"handsel console link", "olga@7", "Enter", "URL", "stripe", "Stripe", "operator:olga", "limits.set", "user:bea", "olga", "preauthorize", "paid", "transaction.*", "51.90 EUR", "https://shop.example.com/webhooks", "GET", "POST"}

// No page has a text that is said in English alone.
func TestLanguages_nothingRaw(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"../hooks", "../portal", "../console", "../paypage", "../mailstop"} {
		files, err := filepath.Glob(folder + "/*_templ.go")
		if err != nil || len(files) == 0 {
			t.Fatal(err)
		}
		for _, name := range files {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var html strings.Builder
			for _, m := range written.FindAllSubmatch(content, -1) {
				text, err := strconv.Unquote(string(m[1]))
				if err != nil {
					t.Fatal(err)
				}
				html.WriteString(text)
			}
			texts := strings.Split(tag.ReplaceAllString(html.String(), "\x00"), "\x00")
			for _, m := range attribute.FindAllStringSubmatch(html.String(), -1) {
				texts = append(texts, m[1])
			}
			for _, text := range texts {
				if text = strings.TrimSpace(text); word.MatchString(text) && !slices.Contains(asTheyAre, text) {
					t.Errorf("%s writes %q in English alone", filepath.Base(name), text)
				}
			}
		}
	}
}
