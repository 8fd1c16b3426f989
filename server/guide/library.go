package guide

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/handsel-dev/handsel/internal/guidebook"
)

// Documents are where documents are shown.
const Documents = "/docs"

// packed are the documents as sdk/generate has packed them, by their paths below /docs.
//
//go:embed pages
var packed embed.FS

// document is one that is shown.
type document struct {
	guidebook.Document
	Slug string // its path below /docs
}

// Path is where it is shown.
func (d document) Path() string { return Documents + "/" + d.Slug }

// process tells that it is written from the table of a process.
func (d document) process() bool { return strings.HasPrefix(d.Slug, "processes/") }

// about is what it says first.
func (d document) about() string {
	first, _, _ := strings.Cut(d.Sections[0].Text(), ". ")
	return strings.TrimSuffix(first, ".")
}

// library has all documents in the order of the contents: how to start, the others, those of the processes. They
// are unpacked for whoever asks first.
var library = sync.OnceValues(func() ([]document, error) {
	var all []document
	err := fs.WalkDir(packed, "pages", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := packed.ReadFile(path)
		if err != nil {
			return err
		}
		d, err := guidebook.Unpack[guidebook.Document](file)
		all = append(all, document{d, strings.TrimSuffix(strings.TrimPrefix(path, "pages/"), guidebook.Suffix)})
		return err
	})
	slices.SortStableFunc(all, func(a, b document) int { return a.rank() - b.rank() })
	return all, err
})

func (d document) rank() int {
	switch {
	case d.Slug == "start":
		return 0
	case d.process():
		return 2
	}
	return 1
}
