package conversations

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Limits of evidence (our choice).
const (
	MaxFileSize = 5 << 20 // bytes
	MaxFiles    = 20      // of each side of one deal, where nothing else is configured
	// evidenceWindow is how long after its end a deal still takes files.
	evidenceWindow = 7 * 24 * time.Hour
)

// File is a piece of evidence: what is known of it, without its content. It is
// never changed.
type File struct {
	ID            string // random; says nothing about the file
	CommunityID   int64
	TransactionID int64
	Uploader      string // user id of a party or an operator
	Name          string // as uploaded, made safe by CleanName
	Type          string // media type, found by looking at the content
	Size          int64  // bytes
	SHA256        string // of the content, in hex
	At            time.Time
}

// Upload is a file as it came in.
type Upload struct {
	Name      string // as the uploader's machine calls it
	Type      string // declared media type
	Content   []byte // 1 to MaxFileSize bytes
	RequestID string
}

// Mention is the content of the message that tells of a file: its id, a space and
// its name.
func (f File) Mention() string { return f.ID + " " + f.Name }

// Add stores a file of a party or an operator and tells of it in the deal's
// conversation, in a message of kind file. A repeat of the same content by the
// same uploader finds the first file, and completes what went wrong with the
// message. Faults: validation_error with the field, evidence_too_large,
// evidence_type_not_allowed, evidence_full, evidence_window_closed,
// not_participant, not_yourself, and those of the conversation.
func (s *Service) Add(ctx context.Context, ref Ref, up Upload) (File, error) {
	tx, err := s.find(ctx, ref)
	if err != nil {
		return File{}, err
	}
	f, err := s.inspect(tx, ref, up)
	if err != nil {
		return File{}, err
	}
	limit, err := s.FilesPerSide(ctx, f.CommunityID)
	if err != nil {
		return File{}, err
	}
	if f, err = s.Store.AddFile(ctx, f, up.Content, limit); err != nil {
		return File{}, err
	}
	_, _, err = s.Engine.Say(ctx, orchestrator.SayInput{
		CommunityID: f.CommunityID, TransactionID: f.TransactionID, Actor: ref.Actor, Sender: f.Uploader,
		Kind: orchestrator.OfFile, Content: f.Mention(), RequestID: up.RequestID,
		Key:    &orchestrator.Key{Key: idempotency.Key{Scope: "evidence", Value: f.ID, Hash: f.SHA256}},
		Render: func(orchestrator.Message) (int, []byte) { return http.StatusCreated, nil },
	})
	return f, err
}

// inspect decides whether a file is taken, and describes it.
func (s *Service) inspect(tx orchestrator.Transaction, ref Ref, up Upload) (File, error) {
	uploader := ref.Actor.ID
	if ref.Actor.Kind != process.Staff {
		var err error
		if uploader, _, err = ref.speaker(tx); err != nil {
			return File{}, err
		}
	}
	now := s.now()
	info, err := s.state(tx)
	if err != nil {
		return File{}, err
	}
	if info.Terminal && (!info.ChatOpen || now.After(tx.LastTransitionAt.Add(evidenceWindow))) {
		return File{}, errFileWindow
	}
	switch {
	case len(up.Content) == 0:
		return File{}, invalid("content", "the file is empty")
	case len(up.Content) > MaxFileSize:
		return File{}, errFileSize
	}
	kind, ok := Sniff(up.Content)
	if !ok || !agrees(up.Type, kind) {
		return File{}, errFileType
	}
	sum := sha256.Sum256(up.Content)
	return File{
		ID: s.NewID(), CommunityID: tx.CommunityID, TransactionID: tx.ID, Uploader: uploader,
		Name: CleanName(up.Name, kind), Type: kind, Size: int64(len(up.Content)), SHA256: hex.EncodeToString(sum[:]), At: now,
	}, nil
}

// Files lists the evidence of a deal, oldest first, for its parties, operators and
// the marketplace's backend.
func (s *Service) Files(ctx context.Context, ref Ref) ([]File, error) {
	if _, err := s.find(ctx, ref); err != nil {
		return nil, err
	}
	return s.Store.Files(ctx, ref.TransactionID)
}

// Open reads a piece of evidence for whoever may list it. The content comes from
// a stranger: send it with File.Type and nosniff, as an attachment, never inline.
// Fault: evidence_not_found.
func (s *Service) Open(ctx context.Context, ref Ref, id string) (File, []byte, error) {
	if _, err := s.find(ctx, ref); err != nil {
		return File{}, nil, err
	}
	f, content, found, err := s.Store.OpenFile(ctx, ref.TransactionID, id)
	if err == nil && !found {
		err = errNoFile
	}
	return f, content, err
}
