package native

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

func (n face) processRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/v1/processes", Access: web.Reading,
			Summary: "List the processes", Answer: web.JSON[collection[processOut]](),
			Serve: n.Backend(n.listProcesses),
		},
		{
			Method: http.MethodGet, Path: "/v1/community", Access: web.Reading,
			Summary: "Show the marketplace and the key that asks", Answer: web.JSON[communityOut](),
			Serve: n.Backend(n.community),
		},
	}
}

type processOut struct {
	Name             string          `json:"name"`
	Version          int             `json:"version"`
	Summary          string          `json:"summary"`
	Gateways         []string        `json:"gateways"`
	ConfirmAfterDays int             `json:"confirm_after_days"`
	States           []stateOut      `json:"states"`
	Transitions      []transitionOut `json:"transitions"`
	Timers           []ruleTimerOut  `json:"timers"`
}

type stateOut struct {
	Name      string  `json:"name"`
	Label     string  `json:"label"`
	Terminal  bool    `json:"terminal"`
	Money     string  `json:"money"`
	OpenEnded *string `json:"open_ended"`
}

type transitionOut struct {
	Name       string     `json:"name"`
	From       []string   `json:"from"` // none: it opens the transaction
	To         string     `json:"to"`
	By         []string   `json:"by"`
	Input      []inputOut `json:"input"`
	Verb       *string    `json:"verb"`
	MovesMoney bool       `json:"moves_money"`
	Doc        *string    `json:"doc"`
}

type ruleTimerOut struct {
	Name string   `json:"name"`
	In   []string `json:"in"`
	Due  string   `json:"due"`
	Then *string  `json:"then"`
}

// listProcesses shows the newest version of every process.
func (n face) listProcesses(c *gin.Context, _ deal.Caller) error {
	items := []processOut{}
	for _, name := range n.processes.Names() {
		p, err := n.processes.Find(name)
		if err != nil {
			return err
		}
		items = append(items, showProcess(p, n.Engine.Kinds().RunsOn(p)))
	}
	return web.Send(c, http.StatusOK, collection[processOut]{items})
}

func showProcess(p *process.Process, on []string) processOut {
	v := processOut{
		Name: p.Name, Version: p.Version, Summary: p.Summary, Gateways: on, ConfirmAfterDays: p.ConfirmAfterDays,
		States: make([]stateOut, len(p.States)), Transitions: make([]transitionOut, len(p.Rules)), Timers: make([]ruleTimerOut, len(p.Timers)),
	}
	for i, s := range p.States {
		v.States[i] = stateOut{string(s.Name), p.Label(s.Name), s.Terminal, string(s.Money), web.OptionalText(s.OpenEnded)}
	}
	for i, r := range p.Rules {
		v.Transitions[i] = transitionOut{
			string(r.Name), names(r.From), string(r.To), names(r.By), showInput(r.Input),
			web.OptionalText(string(r.Verb)), p.MovesMoney(r), web.OptionalText(r.Doc),
		}
	}
	for i, t := range p.Timers {
		v.Timers[i] = ruleTimerOut{string(t.Name), names(t.In), t.Due.Text, web.OptionalText(string(t.Then))}
	}
	return v
}

type communityOut struct {
	ID       int64    `json:"id"`
	Gateways []string `json:"gateways"` // configured here
	Key      keyOut   `json:"key"`
}

type keyOut struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Mode      string     `json:"mode"`
	Scopes    []string   `json:"scopes"`
	CreatedAt *time.Time `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at"`
}

// community tells a caller whose key it is.
func (n face) community(c *gin.Context, who deal.Caller) error {
	k := who.Key
	v := communityOut{ID: k.CommunityID, Gateways: []string{}, Key: keyOut{
		k.ID, k.Name, string(k.Mode), names(k.Scopes), web.OptionalTime(k.CreatedAt), web.OptionalTime(k.ExpiresAt),
	}}
	for _, g := range n.Engine.Gateways() {
		v.Gateways = append(v.Gateways, g.Name())
	}
	return web.Send(c, http.StatusOK, v)
}
