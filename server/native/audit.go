package native

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// by says who does something with a privilege, and why. A person must say why; a key
// that acts by itself is the marketplace's own program.
func (n face) by(c *gin.Context, staff process.Actor, reason string) (orchestrator.By, error) {
	by := orchestrator.By{Actor: staff.String(), Reason: reason, RequestID: web.RequestID(c), At: n.Engine.Now()}
	if strings.TrimSpace(reason) == "" && !strings.HasPrefix(staff.ID, deal.KeyActor) {
		return by, fault.New(fault.Invalid, process.ReasonMissing, "give a reason; the audit log keeps it").With("field", "reason")
	}
	if reason == "" {
		return by, nil
	}
	return by, web.Text("reason", reason, web.MaxText)
}

func (n face) auditRoutes() []web.Route {
	if n.Audit == nil {
		return nil
	}
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/v1/operator/audit", Access: web.Operating,
			Summary: "Read the audit log, newest first", Query: []string{"limit", "cursor", "object", "actor", "act", "since"}, Answer: web.JSON[page[actOut]](),
			Serve: n.Backend(n.audit),
		},
	}
}

// actOut is a line of the audit log.
type actOut struct {
	ID        string            `json:"id"`
	Actor     string            `json:"actor"`  // "operator:olga", "operator:key:…", "command:root", "system"
	Act       string            `json:"act"`    // "transaction.refund", "fees.set", "key.revoke"
	Object    string            `json:"object"` // what it was done to
	Reason    string            `json:"reason"`
	RequestID string            `json:"request_id"`
	Data      map[string]string `json:"data"`
	At        time.Time         `json:"at"`
}

// audit reads the audit log, newest first.
func (n face) audit(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	query, err := web.Parameters(c, "limit", "cursor", "object", "actor", "act", "since")
	if err != nil {
		return err
	}
	f := orchestrator.ActFilter{CommunityID: who.Community()}
	if f.Limit, f.Before, err = n.place(query); err != nil {
		return err
	}
	if f.Object, err = n.objectIn(query["object"]); err != nil {
		return err
	}
	f.Actor, f.Name = query["actor"], query["act"]
	if text, ok := query["since"]; ok {
		if f.Since, err = time.Parse(time.RFC3339, text); err != nil {
			return web.Invalid("invalid_since", "since", "since must be a time such as 2026-03-31T08:00:00Z")
		}
	}
	acts, err := n.Audit.Acts(c.Request.Context(), f)
	if err != nil {
		return err
	}
	p := page[actOut]{Items: make([]actOut, len(acts))}
	for i, a := range acts {
		p.Items[i] = actOut{n.IDs.Seal(publicid.Act, a.ID), a.Actor, a.Name, n.ObjectOut(a.Object), a.Reason, a.RequestID, n.dataOut(a.Data), a.At.UTC()}
	}
	if paging.GoesOn(acts, f.Limit) {
		p.NextCursor = n.cursor(acts[len(acts)-1].ID)
	}
	return web.Send(c, http.StatusOK, p)
}

// dataOut is what a line says, with public ids.
func (n face) dataOut(data map[string]string) map[string]string {
	shown := maps.Clone(data)
	if object, ok := shown["object"]; ok {
		shown["object"] = n.ObjectOut(object)
	}
	if id, err := strconv.ParseInt(shown["approval"], 10, 64); err == nil {
		shown["approval"] = n.IDs.Seal(publicid.Approval, id)
	}
	return shown
}

// objectIn is the object that a query asks for.
func (n face) objectIn(object string) (string, error) {
	for _, s := range deal.Sealed {
		public, ok := strings.CutPrefix(object, s.Prefix)
		if !ok {
			continue
		}
		id, err := n.IDs.Open(s.Kind, public)
		if err != nil {
			return "", s.None()
		}
		return s.Prefix + strconv.FormatInt(id, 10), nil
	}
	return object, nil
}
