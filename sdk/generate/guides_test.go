package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/guidebook"
)

// checkout is a repository with some documents.
func checkout(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// A document becomes sections, and its links lead to the pages of others.
func TestGuides(t *testing.T) {
	t.Parallel()
	files, err := guides(checkout(t, map[string]string{
		"LICENSE":             "",
		"README.md":           "# Shop\n\nRead [more](docs/more.md#two-ways-1), [the license](LICENSE) and [all](docs/processes).\n",
		"docs/more.md":        "# More\n\n<!-- made -->\n\n## Two ways\n\nA `b_c`. [Back](../README.md)\n\n## Two ways\n\n| a | b |\n| --- | ---: |\n| 1<br>2 | & |\n",
		"docs/processes/p.md": "# p\n\n```mermaid\nstateDiagram-v2\n    [*] --> a: begin\n    a --> a_long_name_of_a_state: go on\n    a_long_name_of_a_state --> [*]\n```\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	unpacked := func(slug string) guidebook.Document {
		d, err := guidebook.Unpack[guidebook.Document](files[guidesIn+slug+guidebook.Suffix])
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	want := guidebook.Document{Title: "More", Sections: []guidebook.Section{
		{},
		{ID: "two-ways", Title: "Two ways", Level: 2, HTML: "<h2 id=\"two-ways\">Two ways</h2>\n<p>A <code>b_c</code>. <a href=\"/docs/start\">Back</a></p>\n"},
		{ID: "two-ways-1", Title: "Two ways", Level: 2, HTML: "<h2 id=\"two-ways-1\">Two ways</h2>\n<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1<br>2</td>\n<td>&amp;</td>\n</tr>\n</tbody>\n</table>\n"},
	}}
	if diff := cmp.Diff(want, unpacked("more")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for i, text := range []string{"", "A b_c. Back", "a b 1 2 &"} {
		if got := unpacked("more").Sections[i].Text(); got != text {
			t.Errorf("the words of section %d are %q, want %q", i, got, text)
		}
	}
	if got := unpacked("start").Sections[0].HTML; got != "<p>Read <a href=\"/docs/more#two-ways-1\">more</a>, the license and <a href=\"/docs#processes\">all</a>.</p>\n" {
		t.Errorf("%s", got)
	}
	for _, text := range []string{">begin</text>", ">go on</text>", ">a_long_name_of_a_</text>", ">state</text>"} {
		if !strings.Contains(unpacked("processes/p").Sections[0].HTML, text) {
			t.Errorf("the drawing has no %s: %s", text, unpacked("processes/p").Sections[0].HTML)
		}
	}
}

// A link that leads nowhere is found, and so is a drawing that is not understood.
func TestGuides_planted(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"# A\n\n[b](docs/b.md)\n":                         "where nothing is",
		"# A\n\n[b](#b)\n":                                "no such heading",
		"# A\n\n[b](http://example.com)\n":                "where nothing is",
		"# A\n\n<script>1</script>\n":                     "HTML",
		"# A\n\n[b](javascript:alert)\n":                  "where nothing is",
		"# A\n\nb <b>c</b>\n":                             "HTML within a text",
		"no title\n":                                      "no title",
		"# A\n\n```mermaid\nstateDiagram-v2\nx\n```\n":    `the line "x"`,
		"# A\n\n## B\n\n[b](#b) [c](https://example.com)": "",
	} {
		_, err := guides(checkout(t, map[string]string{"README.md": text}))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
