package conversations_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

func TestAdd_refusals(t *testing.T) {
	t.Parallel()
	w := newTestbed(t)
	small := []byte("I have sent it on Monday.")
	for name, tc := range map[string]struct {
		state    process.State
		kind     process.ActorKind
		id, user string
		declared string
		content  []byte
		after    time.Duration
		want     fault.Reason
	}{
		"buyer":             {"preauthorized", process.User, "bea", "", "text/plain", small, 90 * day, ""},
		"operator":          {"preauthorized", process.Staff, "olga", "", "text/plain", small, 0, ""},
		"backend for buyer": {"preauthorized", process.Backend, "", "bea", "text/plain", small, 0, ""},
		"after the end":     {settlement.Confirmed, process.User, "bea", "", "text/plain", small, 7 * day, ""},
		"largest": {
			"preauthorized", process.User, "bea", "", "text/plain", bytes.Repeat([]byte("x"), conversations.MaxFileSize), 0, "",
		},
		"long after the end": {settlement.Confirmed, process.User, "bea", "", "text/plain", small, 7*day + time.Microsecond, "evidence_window_closed"},
		"too large": {
			"preauthorized", process.User, "bea", "", "text/plain", bytes.Repeat([]byte("x"), conversations.MaxFileSize+1), 0, "evidence_too_large",
		},
		"empty":              {"preauthorized", process.User, "bea", "", "text/plain", nil, 0, "validation_error"},
		"declared otherwise": {"preauthorized", process.User, "bea", "", "image/png", small, 0, "evidence_type_not_allowed"},
		"not declared":       {"preauthorized", process.User, "bea", "", "", small, 0, "evidence_type_not_allowed"},
		"page":               {"preauthorized", process.User, "bea", "", "text/html", []byte("<html>"), 0, "evidence_type_not_allowed"},
		"stranger":           {"preauthorized", process.User, "eve", "", "text/plain", small, 0, "transaction_not_found"},
		"backend for eve":    {"preauthorized", process.Backend, "", "eve", "text/plain", small, 0, "not_participant"},
		"backend for nobody": {"preauthorized", process.Backend, "", "", "text/plain", small, 0, "not_participant"},
		"for another":        {"preauthorized", process.User, "bea", "sam", "text/plain", small, 0, "not_yourself"},
	} {
		w.now = noon.Add(tc.after)
		ref := by(w.deal(t, tc.state), tc.kind, tc.id, tc.user)
		_, err := w.Add(t.Context(), ref, conversations.Upload{Name: "x.txt", Type: tc.declared, Content: tc.content})
		refused(t, name, err, tc.want)
		files, err := w.db.Files(t.Context(), ref.TransactionID)
		if err != nil || (len(files) == 1) != (tc.want == "") {
			t.Errorf("%s: %d files are stored, %v", name, len(files), err)
		}
	}
}

// Each side has its own twenty.
func TestC8_twentyFilesPerSide(t *testing.T) {
	t.Parallel()
	w := newTestbed(t)
	tx := w.deal(t, "preauthorized")
	for i := range conversations.MaxFiles + 1 {
		want := fault.Reason("")
		if i == conversations.MaxFiles {
			want = "evidence_full"
		}
		up := conversations.Upload{Name: "x.txt", Type: "text/plain", Content: []byte("number " + strconv.Itoa(i))}
		for _, sender := range []string{"bea", "sam"} {
			_, err := w.Add(t.Context(), by(tx, process.User, sender, ""), up)
			refused(t, "file "+strconv.Itoa(i)+" of "+sender, err, want)
		}
	}
}

// mute is an engine whose conversation fails at first.
type mute struct {
	*orchestrator.Engine
	fails int
}

var errMute = errors.New("the message was not stored")

func (m *mute) Say(ctx context.Context, in orchestrator.SayInput) (orchestrator.Message, orchestrator.Result, error) {
	if m.fails--; m.fails >= 0 {
		return orchestrator.Message{}, orchestrator.Result{}, errMute
	}
	return m.Engine.Say(ctx, in)
}

// TestAdd_repeat is a file whose message was lost: the repeat makes up for it, and
// every other repeat says nothing.
func TestAdd_repeat(t *testing.T) {
	t.Parallel()
	w := newTestbed(t)
	tx := w.deal(t, "preauthorized")
	ids := 0
	s, err := conversations.New(conversations.Config{
		Engine: &mute{w.engine, 1}, Store: w.db.ForConversations(), Now: func() time.Time { return noon },
		NewID: func() string { ids++; return "file-" + strconv.Itoa(ids) },
	})
	must(t, err)
	ref := by(tx, process.User, "bea", "")
	up := conversations.Upload{Name: "../../etc/receipt.TXT", Type: "text/plain; charset=utf-8", Content: []byte("Paid.")}
	if _, err := s.Add(t.Context(), ref, up); !errors.Is(err, errMute) {
		t.Fatalf("the lost message was not reported: %v", err)
	}
	want := conversations.File{
		ID: "file-1", CommunityID: community, TransactionID: tx.ID, Uploader: "bea", Name: "receipt.TXT",
		Type: "text/plain; charset=utf-8", Size: 5, At: noon,
		SHA256: fmt.Sprintf("%x", sha256.Sum256(up.Content)),
	}
	for range 3 {
		got, err := s.Add(t.Context(), ref, up)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("file (-want +got):\n%s", diff)
		}
	}
	said, err := w.engine.Messages(t.Context(), community, orchestrator.MessageFilter{TransactionID: tx.ID}, ref.Actor)
	must(t, err)
	if len(said) != 1 || said[0].Content != "file-1 receipt.TXT" || said[0].Kind != orchestrator.OfFile {
		t.Errorf("said %+v", said)
	}
	files, err := s.Files(t.Context(), by(tx, process.Staff, "olga", ""))
	if err != nil || len(files) != 1 {
		t.Errorf("%d files, %v", len(files), err)
	}
	_, err = s.Files(t.Context(), by(tx, process.User, "eve", ""))
	refused(t, "stranger lists", err, "transaction_not_found")
	_, _, err = s.Open(t.Context(), by(tx, process.User, "eve", ""), "file-1")
	refused(t, "stranger opens", err, "transaction_not_found")
	_, _, err = s.Open(t.Context(), ref, "file-7")
	refused(t, "unknown", err, "evidence_not_found")
	_, content, err := s.Open(t.Context(), by(tx, process.Staff, "olga", ""), "file-1")
	if string(content) != "Paid." || err != nil {
		t.Errorf("operator opens %q, %v", content, err)
	}
}

const (
	png  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01"
	jpeg = "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"
	webp = "RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x00"
	pdf  = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
	zip  = "PK\x03\x04\x14\x00 a file PK\x01\x02 and a directory PK\x05\x06" + noComment
	// noComment is the rest of an end record: no disks, no files, no comment.
	noComment = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
)

func TestSniff(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		content string
		want    string // empty: refused
	}{
		"png":                    {png, "image/png"},
		"jpeg":                   {jpeg, "image/jpeg"},
		"webp":                   {webp, "image/webp"},
		"pdf":                    {pdf, "application/pdf"},
		"text":                   {"Grüße, 5 < 6 and 7 > 6\r\n\tPK", "text/plain; charset=utf-8"},
		"text with a mark":       {"\ufeffHello", "text/plain; charset=utf-8"},
		"mention of an archive":  {"an archive ends with PK\x05\x06", ""},
		"only the png signature": {"\x89PNG\r\n\x1a\n", ""},
		"only the jpeg start":    {"\xff\xd8\xff", ""},
		"webp of another kind":   {"RIFF\x24\x00\x00\x00WEBPVPXX\x18\x00\x00\x00", ""},
		"pdf without a version":  {"%PDF-<html>", ""},
		"empty":                  {"", ""},
		"gif":                    {"GIF89a\x01\x00\x01\x00", ""},
		"svg":                    {`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, ""},
		"svg with a head":        {`<?xml version="1.0"?><svg/>`, ""},
		"svg after a mark":       {"\ufeff <svg/>", ""},
		"html":                   {"<!DOCTYPE html><html></html>", ""},
		"html in a text":         {strings.Repeat("x", 600) + "<ScRiPt>alert(1)</script>", ""},
		"zip":                    {zip, ""},
		"gzip":                   {"\x1f\x8b\x08\x00\x00", ""},
		"program":                {"\x7fELF\x02\x01\x01", ""},
		"png and zip":            {png + zip, ""},
		"png and zip, comment":   {png + strings.TrimSuffix(zip, "\x00\x00") + "\x05\x00hello", ""},
		"pdf and zip":            {pdf + zip + "\n%%EOF", ""},
		"jpeg and html":          {"<script>" + jpeg, ""},
		"late control":           {strings.Repeat("x", 600) + "\x1b[2J", ""},
		"late bad utf-8":         {strings.Repeat("x", 600) + "\xff", ""},
		"utf-16":                 {"\xff\xfeh\x00i\x00", ""},
		"zip end that is none":   {png + "PK\x05\x06", "image/png"},
		"zip end, comment cut":   {png + strings.TrimSuffix(zip, "\x00\x00") + "\x05\x00he", "image/png"},
	} {
		kind, ok := conversations.Sniff([]byte(tc.content))
		if ok != (tc.want != "") || ok && kind != tc.want {
			t.Errorf("%s: %s, %v, want %q", name, kind, ok, tc.want)
		}
	}
}

func TestCleanName(t *testing.T) {
	t.Parallel()
	const pngType, textType = "image/png", "text/plain; charset=utf-8"
	for name, tc := range map[string]struct{ name, kind, want string }{
		"as it is":          {"bill.png", pngType, "bill.png"},
		"other letters":     {"Überweisung 2026.PNG", pngType, "Überweisung 2026.PNG"},
		"path":              {"../../etc/passwd", textType, "passwd.txt"},
		"windows path":      {`C:\Users\bea\bill.png`, pngType, "bill.png"},
		"only a path":       {"a/b/", pngType, "file.png"},
		"nothing":           {"", textType, "file.txt"},
		"dots":              {"...", textType, "file.txt"},
		"hidden":            {".htaccess", textType, "htaccess.txt"},
		"only an extension": {".png", pngType, "png.png"},
		"wrong extension":   {"bill.html", textType, "bill.html.txt"},
		"log":               {"server.log", textType, "server.log"},
		"control":           {"a\r\nb\x00\x7f.txt", textType, "a  b.txt"},
		"reversed":          {"bill\u202egnp.exe", pngType, "billgnp.exe.png"},
		"invisible":         {"a\u200bb\ufeff.txt", textType, "ab.txt"},
		"bad utf-8":         {"a\xff.txt", textType, "a.txt"},
		"for a file system": {`a"b*c:d<e>f?g|.txt`, textType, "a_b_c_d_e_f_g_.txt"},
		"space at the end":  {"a .txt ", textType, "a.txt"},
		"long":              {strings.Repeat("ä", 300) + ".txt", textType, strings.Repeat("ä", 116) + ".txt"},
	} {
		if got := conversations.CleanName(tc.name, tc.kind); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
