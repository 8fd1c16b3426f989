package guide_test

import (
	"bytes"
	"compress/gzip"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/guidebook"
	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/web"
)

// most is how many bytes all documents may have, packed.
const most = 1 << 20

var (
	leads  = regexp.MustCompile(`<a href="([^"]*)"`)
	anchor = regexp.MustCompile(` id="([^"]*)"`)
)

// slugs are the paths of all documents below /docs.
func slugs(t *testing.T) (all []string) {
	t.Helper()
	size := int64(0)
	err := filepath.WalkDir("pages", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		size += info.Size()
		all = append(all, strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(path), "pages/"), guidebook.Suffix))
		return nil
	})
	if err != nil || len(all) < 20 || size > most {
		t.Fatalf("%d documents of %d bytes: %v", len(all), size, err)
	}
	return all
}

// Every document is on the list, and every link of it leads to a page of this server that has the heading.
func TestDocuments(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	pages := map[string]string{}
	get := func(path string) string {
		if _, ok := pages[path]; !ok {
			pages[path] = w.Call(t, "GET", path, nil, facetest.Anonymous, asBrowser).Is(200).Body
		}
		return pages[path]
	}
	list := get("/docs")
	paths := []string{"/docs", "/docs/calls", "/docs/search?q=money", "/docs/api/transactions", "/docs/api/sharetribe", "/docs/api/objects"}
	for _, slug := range slugs(t) {
		path := "/docs/" + slug
		paths = append(paths, path)
		if !strings.Contains(list, `href="`+path+`"`) {
			t.Errorf("%s is not on the list", path)
		}
	}
	for _, path := range paths {
		for _, m := range leads.FindAllStringSubmatch(get(path), -1) {
			to := html.UnescapeString(m[1])
			page, at, hash := strings.Cut(to, "#")
			switch {
			case strings.HasPrefix(to, "https://"):
				continue
			case page == "":
				page = path
			case !strings.HasPrefix(page, "/"):
				t.Errorf("%s leads to %q", path, to)
				continue
			}
			if there := get(page); hash && !has(there, at) {
				t.Errorf("%s leads to %s, where there is no such heading", path, to)
			}
		}
	}
	for path := range pages {
		if strings.HasPrefix(path, web.ErrorPages+"/") {
			delete(pages, path) // a page of its own for each code
		}
	}
	small(t, pages)
}

// small fails the test where all pages of documents are larger than they may be, compressed.
func small(t *testing.T, pages map[string]string) {
	t.Helper()
	size := 0
	for path, text := range pages {
		if !strings.HasPrefix(path, "/docs") {
			continue
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		size += packed.Len()
	}
	if size > most {
		t.Errorf("all documents have %d bytes, compressed", size)
	}
}

func has(page, id string) bool {
	for _, m := range anchor.FindAllStringSubmatch(page, -1) {
		if html.UnescapeString(m[1]) == id {
			return true
		}
	}
	return false
}

// A document says what its source says, and asks nothing of anybody else.
func TestDocuments_saysIt(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for path, says := range map[string][]string{
		"/docs/start":                     {"<h1>Handsel</h1>", `<a href="/docs/api">`, `<pre><code class="language-sh`},
		"/docs/api":                       {`<h2 id="refusals">`, "On this page"},
		"/docs/processes/escrow_online@1": {"<svg", ">end_complaint_period</text>", "<td><code>complained</code></td>"},
	} {
		a := w.Call(t, "GET", path, nil, facetest.Anonymous).Is(200)
		for _, text := range says {
			if !strings.Contains(a.Body, text) {
				t.Errorf("%s does not have %s", path, text)
			}
		}
		if regexp.MustCompile(`(?i)<(img|iframe|link|object|embed)|<[^>]* (style|on[a-z]+|src)=|omitted|mermaid`).MatchString(a.Body) {
			t.Errorf("%s has more than a text", path)
		}
		if policy := a.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") || !strings.Contains(policy, "script-src 'sha256-") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
	if a := w.Call(t, "GET", "/docs/api/prices", nil, facetest.Anonymous).Is(200); !strings.Contains(a.Body, `id="key" value=""`) {
		t.Errorf("a server that is not for development fills a key in: %s", a.Body)
	}
	for _, path := range []string{"/docs/nothing", "/docs/processes/nothing", "/docs/..%2fstart", "/docs/%3Cscript%3Ealert"} {
		a := w.Call(t, "GET", path, nil, facetest.Anonymous).Is(404)
		if strings.Contains(a.Body, "alert") || !strings.Contains(a.Body, "All documents") {
			t.Errorf("%s: %s", path, a.Body)
		}
	}
}

// What is searched for is found in documents, refusals and calls, the best first.
func TestSearch(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for asked, first := range map[string]string{
		"money%20that%20braintree%20holds": "/docs/operations#money-that-braintree-holds",
		"ILLEGAL_TRANSITION":               web.ErrorPages + "/illegal_transition",
		"explain%20/v1/transactions":       "/docs/api/transactions#transactions.explain",
		"complaint_period%20escrow_online": "/docs/processes/escrow_online@1#transitions",
		"no%20such%20words%20xyzzy":        "",
		"%3Cscript%3Ealert":                "",
		"":                                 "",
		"%20":                              "",
		"%C4%B0%FF%F0%9F%98%80":            "",
	} {
		a := w.Call(t, "GET", "/docs/search?q="+asked, nil, facetest.Anonymous).Is(200)
		_, found, _ := strings.Cut(a.Body, `id="found"`)
		got := ""
		if m := leads.FindStringSubmatch(found); m != nil {
			got = m[1]
		}
		if got != first || strings.Contains(a.Body, "<script>alert") {
			t.Errorf("%s: first %q, want %q", asked, got, first)
		}
	}
	if n := strings.Count(w.Call(t, "GET", "/docs/search?q=e", nil, facetest.Anonymous).Is(200).Body, `class="meta"`); n != 20 {
		t.Errorf("%d places are shown", n)
	}
	w.Call(t, "GET", "/docs/search?q="+strings.Repeat("a", 101), nil, facetest.Anonymous).Is(400)
}
