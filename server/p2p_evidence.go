package server

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Evidence keeps the files that parties show an operator; conversations.Service is
// one.
type Evidence interface {
	Add(ctx context.Context, ref conversations.Ref, up conversations.Upload) (conversations.File, error)
	Files(ctx context.Context, ref conversations.Ref) ([]conversations.File, error)
	Open(ctx context.Context, ref conversations.Ref, id string) (conversations.File, []byte, error)
}

func (p p2p) evidenceRoutes() []p2pRoute {
	if p.Evidence == nil {
		return nil
	}
	const get, evidence = http.MethodGet, p2pBase + "orders/{id}/evidence"
	return []p2pRoute{
		{method: http.MethodPost, path: evidence, run: p.addEvidence, raw: true},
		{method: get, path: evidence, run: p.listEvidence},
		{method: get, path: evidence + "/{file}", run: p.openEvidence},
	}
}

// fileOut is a piece of evidence without its content.
type fileOut struct {
	ID         string    `json:"id"`
	OrderID    int64     `json:"order_id"`
	UploaderID string    `json:"uploader_id"`
	Name       string    `json:"name"`
	Type       string    `json:"type"`
	Size       int64     `json:"size"` // bytes
	SHA256     string    `json:"sha256"`
	CreatedAt  time.Time `json:"created_at"`
}

func showFile(f conversations.File) fileOut {
	return fileOut{f.ID, f.TransactionID, f.Uploader, f.Name, f.Type, f.Size, f.SHA256, f.At.UTC()}
}

// evidenceOf names the deal whose evidence is meant. Strangers do not get to know
// that there is one.
func (r *request) evidenceOf() (ref conversations.Ref, err error) {
	id, err := r.pathID(errNoOrder)
	if err != nil {
		return ref, err
	}
	o, err := r.p2p.Trading.Order(r.Request.Context(), r.user, id)
	if err != nil {
		return ref, err
	}
	actor := process.Actor{Kind: process.User, ID: r.user.ID}
	if r.user.Operator && r.user.ID != o.BuyerID && r.user.ID != o.SellerID {
		actor.Kind = process.Staff
	}
	return conversations.Ref{CommunityID: r.user.Community, TransactionID: id, Actor: actor}, nil
}

// addEvidence stores the file of a multipart/form-data body, its part "file". The
// same file sent again is the same piece of evidence.
func (p p2p) addEvidence(r *request) error {
	ref, err := r.evidenceOf()
	if err != nil {
		return err
	}
	leave, err := p.uploads.enter(r.Request.Context(), strconv.FormatInt(r.user.Community, 10)+" "+r.user.ID, address(r.Context))
	if err != nil {
		return err
	}
	defer leave()
	up, err := r.upload()
	if err != nil {
		return err
	}
	if err := refuseCardName(up.Name); err != nil {
		return err
	}
	r.body = sent(r.user.ID, up)
	if done, err := r.keep(); done || err != nil {
		return err
	}
	up.RequestID = requestID(r.Context)
	return r.once(func() (any, error) {
		f, err := p.Evidence.Add(r.Request.Context(), ref, up)
		return showFile(f), err
	})
}

var errNoFile = invalid("missing_field", "file", "send one file as multipart/form-data, in a part named file")

func tooLarge(err error) bool {
	var e *http.MaxBytesError
	return errors.As(err, &e)
}

func (r *request) upload() (up conversations.Upload, err error) {
	kind, params, err := mime.ParseMediaType(r.GetHeader("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return up, errNoFile
	}
	parts := r.p2p.uploads.form(r.Context, params["boundary"])
	part, err := parts.NextPart()
	if tooLarge(err) {
		return up, bodyError(err, maxUpload)
	}
	if err != nil || part.FormName() != "file" || part.FileName() == "" {
		return up, errNoFile
	}
	content, err := io.ReadAll(part)
	if tooLarge(err) {
		return up, bodyError(err, maxUpload)
	}
	if err != nil {
		return up, errNoFile
	}
	if _, err := parts.NextPart(); tooLarge(err) {
		return up, bodyError(err, maxUpload)
	} else if !errors.Is(err, io.EOF) {
		return up, errNoFile
	}
	return conversations.Upload{Name: part.FileName(), Type: part.Header.Get("Content-Type"), Content: content}, nil
}

func (p p2p) listEvidence(r *request) error {
	ref, err := r.evidenceOf()
	if err != nil {
		return err
	}
	files, err := p.Evidence.Files(r.Request.Context(), ref)
	if err != nil {
		return err
	}
	return send(r.Context, http.StatusOK, list{each(files, showFile), int64(len(files)), conversations.MaxFiles, 0})
}

// openEvidence sends a stranger's file: to be saved, never to be shown here.
func (p p2p) openEvidence(r *request) error {
	ref, err := r.evidenceOf()
	if err != nil {
		return err
	}
	f, content, err := p.Evidence.Open(r.Request.Context(), ref, r.Param("file"))
	if err != nil {
		return err
	}
	r.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	r.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	r.Data(http.StatusOK, f.Type, content)
	return nil
}
