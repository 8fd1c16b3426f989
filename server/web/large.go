package web

import (
	"net/http"
	"runtime"
	"slices"

	"github.com/gin-gonic/gin"
)

// leastLarge is how many large answers to callers of a kind are made at the same time, and one for each processor
// where there are more: a page has a mebibyte of data, and what is made of it several.
const leastLarge = 4

// turnName is where a request has what gives its turn back.
const turnName = "web.turn"

// crowds are who waits for the same turns: strangers never keep a backend waiting.
var crowds = []Access{Public, Users, Reading}

func newLargeTurns() map[Access]*Turns {
	turns := make(map[Access]*Turns, len(crowds))
	for _, crowd := range crowds {
		turns[crowd] = NewTurns(max(leastLarge, runtime.GOMAXPROCS(0)), 0, nil)
	}
	return turns
}

// large reports whether the answers of a route are lists, or as long as such. A route that lasts takes turns when
// it has something to answer.
func (r Route) large() bool {
	list := func(name string) bool { return name == "limit" || name == "before" }
	return r.Method == http.MethodGet && !r.Lasts && (r.Large || slices.ContainsFunc(r.queryNames(), list))
}

// crowd is with whom a caller of the route waits for a turn.
func (r Route) crowd() Access {
	switch {
	case r.Published || r.Visitors || r.Access == Public:
		return Public
	case r.Access == Users:
		return Users
	}
	return Reading
}

// TakeTurn waits until a large answer may be made for a caller of a kind, which is one of crowds. The turn is
// given back by Send, as soon as the answer is bytes: a client that takes them slowly holds up nobody. Fault: busy.
func (k *Kit) TakeTurn(c *gin.Context, crowd Access) error {
	LeaveTurn(c)
	leave, err := k.large[crowd].Enter(c.Request.Context(), "", "")
	if err == nil {
		c.Set(turnName, leave)
	}
	return err
}

// LeaveTurn gives the turn of a request back, if it has one.
func LeaveTurn(c *gin.Context) {
	if leave, ok := c.Get(turnName); ok && leave != nil {
		c.Set(turnName, nil)
		leave.(func())()
	}
}
