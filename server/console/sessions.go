package console

import (
	"encoding/json"
	"net/http"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/pass"
)

// signedIn is somebody who is signed in, as a page shows it.
type signedIn struct {
	pass.Stay
	SignIn
	Here bool // the one that looks
}

// sessions shows people where they are signed in, and an admin who else is.
func (f face) sessions(v visit) error {
	all, err := f.Door.In(v.Request.Context(), f.mayEnd(v))
	if err != nil {
		return err
	}
	var mine, others []signedIn
	for _, row := range all {
		s := signedIn{Stay: row, Here: row.Hash == v.hash}
		if err := json.Unmarshal(row.Holder, &s.SignIn); err != nil {
			return err
		}
		if s.SignIn.Name == v.SignIn.Name {
			mine = append(mine, s)
		} else {
			others = append(others, s)
		}
	}
	return f.show(v, v.say("Sessions"), number(v.Request.Context(), len(mine), "You are signed in once.", "You are signed in %d times."), sessionsPage(v, mine, others, f.Door.Now()))
}

// mayEnd are the sessions that somebody may see and end: their own, and an admin everybody's of the community.
func (f face) mayEnd(v visit) pass.Chosen {
	c := pass.Chosen{CommunityID: v.Community, Name: v.SignIn.Name}
	if v.Role.May(Admin) {
		c.Name = ""
	}
	return c
}

// endSessions ends one session, or all of one's own but this one.
func (f face) endSessions(v visit) error {
	c, whose := f.mayEnd(v), v.SignIn.Name
	if c.Hash = v.PostForm("session"); c.Hash == "" {
		c.Name, c.Except = v.SignIn.Name, v.hash
	} else {
		found, err := f.Door.In(v.Request.Context(), c)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.New(fault.NotFound, "console_session_unknown", "this session has ended already, or it is not yours")
		}
		whose = found[0].Name
	}
	if err := f.end(v, c, whose, "ended in the console"); err != nil {
		return err
	}
	v.Redirect(http.StatusSeeOther, stays)
	return nil
}

// end ends sessions everywhere, after their line of the audit log.
func (f face) end(v visit, c pass.Chosen, whose, reason string) error {
	ctx := v.Request.Context()
	if err := f.Audit.AddAct(ctx, f.by(v, reason).Act(v.Community, "console.sign_out", "operator:"+whose, nil)); err != nil {
		return err
	}
	_, err := f.Door.Stays.EndStays(ctx, c)
	return err
}
