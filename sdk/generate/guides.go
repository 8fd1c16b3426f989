package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/internal/guidebook"
)

// guidesIn is the folder of the documents that the binary serves at /docs.
const guidesIn = "server/guide/pages/"

// guides are the documents that the binary serves, packed, by their files.
func guides(root string) (map[string][]byte, error) {
	sources, err := documents(root)
	if err != nil {
		return nil, err
	}
	l := &links{root: root, sources: sources, anchors: map[string][]string{}}
	files := map[string][]byte{}
	for source, slug := range sources {
		text, err := os.ReadFile(filepath.Join(root, source))
		if err != nil {
			return nil, err
		}
		d, err := l.document(source, text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", source, err)
		}
		for _, s := range d.Sections {
			l.anchors[slug] = append(l.anchors[slug], s.ID)
		}
		if files[guidesIn+slug+guidebook.Suffix], err = guidebook.Pack(d); err != nil {
			return nil, err
		}
	}
	return files, l.check()
}

// documents are the files that are served, with the paths that they have below /docs.
func documents(root string) (map[string]string, error) {
	slugs := map[string]string{}
	for _, pattern := range []string{"README.md", "SECURITY.md", "docs/*.md", "docs/processes/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		for _, file := range found {
			name, err := filepath.Rel(root, file)
			if err != nil {
				return nil, err
			}
			name = filepath.ToSlash(name)
			slugs[name] = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(name, "docs/"), ".md"))
		}
	}
	slugs["README.md"] = "start"
	return slugs, nil
}

// links are where documents lead.
type links struct {
	root    string
	sources map[string]string   // slugs by file
	anchors map[string][]string // of documents, by slug
	used    []link
}

// link is one that leads to a document.
type link struct{ from, slug, anchor string }

// to is where a link of a document leads on the server. It is empty where the server has nothing to show: a file of
// the repository.
func (l *links) to(source, destination string) (string, error) {
	if strings.HasPrefix(destination, "https://") {
		return destination, nil
	}
	file, anchor, _ := strings.Cut(destination, "#")
	if file == "" {
		file = source
	} else {
		file = path.Join(path.Dir(source), file)
	}
	if slug, ok := l.sources[file]; ok {
		l.used = append(l.used, link{source, slug, anchor})
		if anchor != "" {
			anchor = "#" + anchor
		}
		return "/docs/" + slug + anchor, nil
	}
	if file == "docs/processes" {
		return "/docs#processes", nil
	}
	if _, err := os.Stat(filepath.Join(l.root, file)); err != nil {
		return "", fmt.Errorf("a link leads to %s, where nothing is", destination)
	}
	return "", nil
}

// check refuses a link to a heading that is not there.
func (l *links) check() error {
	for _, k := range l.used {
		if k.anchor != "" && !slices.Contains(l.anchors[k.slug], k.anchor) {
			return fmt.Errorf("%s: a link leads to %s#%s, and there is no such heading", k.from, k.slug, k.anchor)
		}
	}
	return nil
}
