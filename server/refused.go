package server

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// newRefusals bounds the lines that refused calls leave in the audit log: ten at once
// for each key and one a minute, so that a flood of them does not fill the database.
func newRefusals() *Limiter {
	l := newLimiter(1, 10)
	l.interval, l.burst = time.Minute, 10*time.Minute
	return l
}

// refused counts a call that its caller may not make. One with a good key that wanted
// to do something privileged leaves a line in the audit log. All are in the log.
func (k *dealKit) refused(c *gin.Context, who caller, privileged bool, err error) {
	f := fault.As(err)
	if f.Code != fault.Unauthenticated && f.Code != fault.Forbidden {
		return
	}
	k.countRefusal(f.Reason)
	bucket := who.key.ID + who.actor.ID
	if who.key.ID != "" {
		bucket = who.key.ID
	}
	if !privileged || bucket == "" || f.Code != fault.Forbidden || k.Audit == nil || k.refusals.take(bucket, k.Now()) > 0 {
		return
	}
	by := orchestrator.By{Actor: who.actor.String(), Reason: f.Reason, RequestID: requestID(c), At: k.Engine.Now()}
	if who.actor.ID == "" {
		by.Actor = string(process.Staff) + ":" + keyActor + who.key.ID
	}
	data := map[string]string{"code": f.Reason}
	if who.key.ID != "" {
		data["key"] = who.key.ID
	}
	act := by.Act(who.community(), "refused", "route:"+c.Request.Method+" "+c.FullPath(), data)
	if err := k.Audit.AddAct(c.Request.Context(), act); err != nil {
		k.Log.ErrorContext(c, "a refused call is missing in the audit log", "error", err)
	}
}
