package native

import (
	"cmp"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// evidenceOut is what is known of a file, without its content.
type evidenceOut struct {
	ID            string    `json:"id"`
	TransactionID string    `json:"transaction_id"`
	UploaderID    string    `json:"uploader_id"`
	Name          string    `json:"name"`
	Type          string    `json:"type"`
	Size          int64     `json:"size"` // bytes
	SHA256        string    `json:"sha256"`
	CreatedAt     time.Time `json:"created_at"`
}

func (n people) showFile(f conversations.File) evidenceOut {
	return evidenceOut{f.ID, n.IDs.Seal(publicid.Transaction, f.TransactionID), f.Uploader, f.Name, f.Type, f.Size, f.SHA256, f.At.UTC()}
}

// addEvidence takes multipart/form-data with one part "file" and, from a backend,
// "uploader_id". A repeat with the same content finds the first file.
func (n people) addEvidence(c *gin.Context, who deal.Caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	user, from := "", ""
	if who.Actor.Kind == process.User {
		user, from = strconv.FormatInt(who.Community(), 10)+" "+who.Actor.ID, web.Address(c)
	}
	leave, err := n.Uploads.Enter(c.Request.Context(), user, from)
	if err != nil {
		return err
	}
	defer leave()
	up, uploader, err := n.readUpload(c)
	if err != nil {
		return err
	}
	if err := web.RefuseCardFile(up.Name, up.Content); err != nil {
		return err
	}
	if web.HoldsCardID(uploader) {
		return web.CardDataRefused("uploader_id")
	}
	if who.Actor.Kind != process.Staff {
		if uploader, err = forUser(who, "uploader_id", uploader); err != nil {
			return err
		}
	}
	up.RequestID = web.RequestID(c)
	return n.Created(c, who, deal.Sent(uploader, up), func() (any, error) {
		f, err := n.talks.Add(c.Request.Context(), about(who, id, uploader), up)
		return n.showFile(f), err
	})
}

// readUpload reads a form with one file, in memory and strictly: other parts and
// repeated ones are refused.
func (n people) readUpload(c *gin.Context) (up conversations.Upload, uploader string, err error) {
	kind, parameters, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "multipart/form-data" || parameters["boundary"] == "" {
		return up, "", fault.New(fault.Invalid, web.UnsupportedMediaType, "the body must be multipart/form-data with a part named file")
	}
	parts := n.Uploads.Form(c, parameters["boundary"], deal.MaxUpload)
	seen := map[string]bool{}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return up, "", web.BodyError(err, deal.MaxUpload)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return up, "", web.BodyError(err, deal.MaxUpload)
		}
		name := part.FormName()
		switch {
		case seen[name]:
			return up, "", web.Invalid("duplicate_field", "", "each part may be there once, and one file at a time")
		case name == "file":
			up = conversations.Upload{Name: part.FileName(), Type: part.Header.Get("Content-Type"), Content: content}
		case name == "uploader_id":
			uploader = string(content)
		default:
			return up, "", web.Invalid("unknown_field", "", "the parts are file and uploader_id")
		}
		seen[name] = true
	}
	return up, uploader, web.Required("file", seen["file"])
}

func (n people) listEvidence(c *gin.Context, who deal.Caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	found, err := n.talks.Files(c.Request.Context(), about(who, id, ""))
	if err != nil {
		return err
	}
	all := page[evidenceOut]{Items: make([]evidenceOut, len(found))}
	for i, f := range found {
		all.Items[i] = n.showFile(f)
	}
	return web.Send(c, http.StatusOK, all)
}

// inert are the types that a browser only ever shows as what they are.
var inert = map[string]bool{"image/png": true, "image/jpeg": true, "image/webp": true}

// openEvidence sends a file. It comes from a stranger: a browser must store it,
// and must not guess what it is or let it do anything.
func (n people) openEvidence(c *gin.Context, who deal.Caller) error {
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	f, content, err := n.talks.Open(c.Request.Context(), about(who, id, ""), c.Param("evidence_id"))
	if err != nil {
		return err
	}
	kind := "application/octet-stream"
	if inert[f.Type] {
		kind = f.Type
	}
	c.Header("Content-Disposition", cmp.Or(mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}), "attachment"))
	c.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	c.Data(http.StatusOK, kind, content)
	return nil
}
