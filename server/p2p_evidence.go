package server

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func (p p2p) evidenceRoutes() []Route {
	if p.Evidence == nil {
		return nil
	}
	const get, evidence = http.MethodGet, p2pBase + "orders/{id}/evidence"
	return []Route{
		{
			Method: http.MethodPost, Path: evidence, Access: Users, Keying: KeyHonoured,
			Summary: "Add a file as evidence", Body: form[uploadForm](), Answer: is[fileOut](),
			Serve: p.Uploader(p.addEvidence),
		},
		{
			Method: get, Path: evidence, Access: Users,
			Summary: "List the evidence", Answer: is[numberedPage[fileOut]](),
			Serve: p.User(p.listEvidence),
		},
		{
			Method: get, Path: evidence + "/{file}", Access: Users,
			Summary: "Read a file", Answer: media("*/*"),
			Serve: p.User(p.openEvidence),
		},
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
func (p p2p) evidenceOf(r *request) (ref conversations.Ref, err error) {
	id, err := r.pathID(errNoOrder)
	if err != nil {
		return ref, err
	}
	o, err := p.Trading.Order(r.Request.Context(), r.user, id)
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
	ref, err := p.evidenceOf(r)
	if err != nil {
		return err
	}
	leave, err := p.Uploads.enter(r.Request.Context(), strconv.FormatInt(r.user.Community, 10)+" "+r.user.ID, address(r.Context))
	if err != nil {
		return err
	}
	defer leave()
	up, err := p.upload(r)
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

func (p p2p) upload(r *request) (up conversations.Upload, err error) {
	kind, params, err := mime.ParseMediaType(r.GetHeader("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return up, errNoFile
	}
	parts := p.Uploads.form(r.Context, params["boundary"], maxUpload)
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
	ref, err := p.evidenceOf(r)
	if err != nil {
		return err
	}
	files, err := p.Evidence.Files(r.Request.Context(), ref)
	if err != nil {
		return err
	}
	return send(r.Context, http.StatusOK, paged(each(files, showFile), int64(len(files)), listings.Page{Limit: conversations.MaxFiles}))
}

// openEvidence sends a stranger's file: to be saved, never to be shown here.
func (p p2p) openEvidence(r *request) error {
	ref, err := p.evidenceOf(r)
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
