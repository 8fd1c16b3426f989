package exchangeapi

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
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

func (p face) evidenceRoutes() []web.Route {
	if p.Evidence == nil {
		return nil
	}
	const get, evidence = http.MethodGet, base + "orders/{id}/evidence"
	return []web.Route{
		{
			Method: http.MethodPost, Path: evidence, Access: web.Users, Keying: web.KeyHonoured,
			Name: "exchange.addEvidence", Summary: "Add a file as evidence", Body: web.Form[deal.UploadForm](), Answer: web.JSON[fileOut](),
			Serve: p.Uploader(p.addEvidence),
		},
		{
			Method: get, Path: evidence, Access: web.Users,
			Name: "exchange.listEvidence", Summary: "List the evidence", Answer: web.JSON[numberedPage[fileOut]](),
			Serve: p.User(p.listEvidence),
		},
		{
			Method: get, Path: evidence + "/{file}", Access: web.Users,
			Name: "exchange.downloadEvidence", Summary: "Read a file", Answer: web.Media("*/*"),
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
func (p face) evidenceOf(r *trade.Request) (ref conversations.Ref, err error) {
	id, err := r.PathID(trade.ErrNoOrder)
	if err != nil {
		return ref, err
	}
	o, err := p.trading.Order(r.Request.Context(), r.User, id)
	if err != nil {
		return ref, err
	}
	actor := process.Actor{Kind: process.User, ID: r.User.ID}
	if r.User.Operator && r.User.ID != o.BuyerID && r.User.ID != o.SellerID {
		actor.Kind = process.Staff
	}
	return conversations.Ref{CommunityID: r.User.Community, TransactionID: id, Actor: actor}, nil
}

// addEvidence stores the file of a multipart/form-data body, its part "file". The
// same file sent again is the same piece of evidence.
func (p face) addEvidence(r *trade.Request) error {
	ref, err := p.evidenceOf(r)
	if err != nil {
		return err
	}
	leave, err := p.Uploads.Enter(r.Request.Context(), strconv.FormatInt(r.User.Community, 10)+" "+r.User.ID, web.Address(r.Context))
	if err != nil {
		return err
	}
	defer leave()
	up, err := p.upload(r)
	if err != nil {
		return err
	}
	if err := web.RefuseCardFile(up.Name, up.Content); err != nil {
		return err
	}
	r.Body = deal.Sent(r.User.ID, up)
	if done, err := r.Keep(); done || err != nil {
		return err
	}
	up.RequestID = web.RequestID(r.Context)
	return r.Once(func() (any, error) {
		f, err := p.Evidence.Add(r.Request.Context(), ref, up)
		return showFile(f), err
	})
}

var errNoFile = web.Invalid("missing_field", "file", "send one file as multipart/form-data, in a part named file")

func tooLarge(err error) bool {
	var e *http.MaxBytesError
	return errors.As(err, &e)
}

func (p face) upload(r *trade.Request) (up conversations.Upload, err error) {
	kind, params, err := mime.ParseMediaType(r.GetHeader("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return up, errNoFile
	}
	parts := p.Uploads.Form(r.Context, params["boundary"], deal.MaxUpload)
	part, err := parts.NextPart()
	if tooLarge(err) {
		return up, web.BodyError(err, deal.MaxUpload)
	}
	if err != nil || part.FormName() != "file" || part.FileName() == "" {
		return up, errNoFile
	}
	content, err := io.ReadAll(part)
	if tooLarge(err) {
		return up, web.BodyError(err, deal.MaxUpload)
	}
	if err != nil {
		return up, errNoFile
	}
	if _, err := parts.NextPart(); tooLarge(err) {
		return up, web.BodyError(err, deal.MaxUpload)
	} else if !errors.Is(err, io.EOF) {
		return up, errNoFile
	}
	return conversations.Upload{Name: part.FileName(), Type: part.Header.Get("Content-Type"), Content: content}, nil
}

func (p face) listEvidence(r *trade.Request) error {
	ref, err := p.evidenceOf(r)
	if err != nil {
		return err
	}
	files, err := p.Evidence.Files(r.Request.Context(), ref)
	if err != nil {
		return err
	}
	return web.Send(r.Context, http.StatusOK, paged(each(files, showFile), int64(len(files)), listings.Page{Limit: conversations.MaxFiles}))
}

// openEvidence sends a stranger's file: to be saved, never to be shown here.
func (p face) openEvidence(r *trade.Request) error {
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
