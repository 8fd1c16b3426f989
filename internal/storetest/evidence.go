package storetest

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func testFile(t *testing.T, open func() Store) {
	k, ctx := newTalk(t, open()), t.Context()
	tx, other := opened(t, k.store), opened(t, k.store)
	content := bytes.Repeat([]byte("Hello, \"world\" \\ äöü\n"), 1000)
	f, err := k.Add(ctx, by(tx, "bea"), conversations.Upload{Name: `C:\tmp\receipt.txt`, Type: "text/plain", Content: content})
	must(t, err)
	got, read, err := k.Open(ctx, by(tx, "sam"), f.ID)
	must(t, err)
	if d := diff(f, got); d != "" || !bytes.Equal(read, content) || f.Name != "receipt.txt" {
		t.Errorf("%d bytes of %s (-want +got):\n%s", len(read), f.Name, d)
	}
	files, err := k.Files(ctx, by(tx, "bea"))
	must(t, err)
	if d := diff([]conversations.File{f}, files); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
	said, err := k.engine.Messages(ctx, community, orchestrator.MessageFilter{TransactionID: tx.ID}, process.Actor{Kind: process.User, ID: "sam"})
	must(t, err)
	if len(said) != 1 || said[0].Kind != orchestrator.OfFile || said[0].Sender != "bea" || said[0].Content != f.Mention() {
		t.Errorf("said %+v", said)
	}
	_, _, err = k.Open(ctx, by(other, "sam"), f.ID)
	reason(t, "through another deal", err, "evidence_not_found")
	_, _, err = k.Open(ctx, by(tx, "eve"), f.ID)
	reason(t, "stranger", err, "transaction_not_found")
}

func upload(content string) conversations.Upload {
	return conversations.Upload{Name: "note.txt", Type: "text/plain", Content: []byte(content)}
}

func testSameFile(t *testing.T, open func() Store) {
	both := []*talk{newTalk(t, open()), newTalk(t, open())}
	tx := opened(t, both[0].store)
	files := make([]conversations.File, 8)
	for _, err := range atOnce(len(files), func(i int) (err error) {
		files[i], err = both[i%2].Add(t.Context(), by(tx, "bea"), upload("the same"))
		return err
	}) {
		must(t, err)
	}
	for _, f := range files[1:] {
		if d := diff(files[0], f); d != "" {
			t.Errorf("another file (-want +got):\n%s", d)
		}
	}
	_, err := both[0].Add(t.Context(), by(tx, "sam"), upload("the same"))
	must(t, err)
	listed, err := both[0].Files(t.Context(), by(tx, "bea"))
	must(t, err)
	said, err := both[0].store.Messages(t.Context(), orchestrator.MessageFilter{TransactionID: tx.ID})
	must(t, err)
	if len(listed) != 2 || len(said) != 2 {
		t.Errorf("%d files and %d messages of two uploaders", len(listed), len(said))
	}
}

func testFileRace(t *testing.T, open func() Store) {
	stores := []Store{open(), open()}
	const limit, tries = 5, 12
	var taken, full int
	for _, err := range atOnce(tries, func(i int) error {
		f := conversations.File{
			ID: name("file", i), CommunityID: community, TransactionID: 7, Uploader: "bea", Name: "x", SHA256: strings.Repeat("a", i), At: noon,
		}
		_, err := stores[i%2].AddFile(t.Context(), f, []byte("x"), limit)
		return err
	}) {
		switch {
		case err == nil:
			taken++
		case errors.Is(err, conversations.ErrTooManyFiles):
			full++
		default:
			t.Error(err)
		}
	}
	if taken != limit || full != tries-limit {
		t.Errorf("%d taken and %d refused", taken, full)
	}
	// C8: a side that has used up its own files leaves the other side's alone.
	for i := range limit {
		f := conversations.File{
			ID: name("theirs", i), CommunityID: community, TransactionID: 7, Uploader: "sam", Name: "x", SHA256: strings.Repeat("b", i), At: noon,
		}
		if _, err := stores[0].AddFile(t.Context(), f, []byte("x"), limit); err != nil {
			t.Errorf("file %d of the other side: %v", i, err)
		}
	}
}
