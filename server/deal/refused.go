package deal

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/web"
)

// newRefusals bounds the lines that refused calls leave in the audit log: ten at once
// for each key and one a minute, so that a flood of them does not fill the database.
func newRefusals() *web.Limiter {
	l := web.NewLimiter(1, 10)
	l.Interval, l.Burst = time.Minute, 10*time.Minute
	return l
}

// Refused counts a call that its caller may not make. One with a good key that wanted
// to do something privileged leaves a line in the audit log. All are in the log.
func (k *Kit) Refused(c *gin.Context, who Caller, privileged bool, err error) {
	f := fault.As(err)
	if f.Code != fault.Unauthenticated && f.Code != fault.Forbidden {
		return
	}
	k.CountRefusal(f.Reason)
	bucket := who.Key.ID + who.Actor.ID
	if who.Key.ID != "" {
		bucket = who.Key.ID
	}
	if !privileged || bucket == "" || f.Code != fault.Forbidden || k.Audit == nil || k.refusals.Take(bucket, k.Now()) > 0 {
		return
	}
	by := orchestrator.By{Actor: who.Actor.String(), Reason: string(f.Reason), RequestID: web.RequestID(c), At: k.Engine.Now()}
	if who.Actor.ID == "" {
		by.Actor = string(process.Staff) + ":" + KeyActor + who.Key.ID
	}
	data := map[string]string{"code": string(f.Reason)}
	if who.Key.ID != "" {
		data["key"] = who.Key.ID
	}
	act := by.Act(who.Community(), "refused", "route:"+c.Request.Method+" "+c.FullPath(), data)
	if err := k.Audit.AddAct(c.Request.Context(), act); err != nil {
		k.Log.ErrorContext(c, "a refused call is missing in the audit log", "error", err)
	}
}
