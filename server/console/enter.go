package console

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/look"
	"github.com/handsel-dev/handsel/server/web"
)

// backKey is where a request that is refused keeps the page to come back to once somebody has shown who they are.
const backKey = "console.back"

// back is the page that a request comes from, with what its form says, so that nothing has to be written twice. What changes
// something is never repeated by coming back: its page is shown again, and its button waits to be pressed.
func (p page) back(c *gin.Context) string {
	if p.method == http.MethodGet {
		return c.Request.URL.RequestURI()
	}
	fields := url.Values{}
	for name, values := range c.Request.PostForm {
		if name != "revision" && name != look.OnceField { // of what was shown; the page shows the present one
			fields[name] = values
		}
	}
	if p.from == "" {
		return c.Request.URL.Path + "?" + fields.Encode()
	}
	fields.Set("id", c.Param("id"))
	return p.from + "?" + fields.Encode()
}

// within is the path of a page of the console, or that of its first one: nobody is led elsewhere by what a form says.
func within(back string) string {
	u, err := url.Parse(back)
	if err != nil || u.IsAbs() || u.Host != "" || u.Opaque != "" || u.Path != path.Clean(u.Path) || u.Path != home && !strings.HasPrefix(u.Path, home+"/") {
		return home
	}
	return u.RequestURI()
}

// partlyKey is where a request that may have changed something before it was refused says so.
const partlyKey = "console.partly"

// nothing says what a refused request has changed. A page that is read says nothing of it: the form that led there may have changed
// something.
func nothing(c *gin.Context, why *fault.Error) string {
	if c.Request.Method == http.MethodGet || c.GetBool(partlyKey) {
		return ""
	}
	return changed(c.Request.Context(), why)
}

// changed is what is known of it. A request that came twice may be the second of two, of which the first did its work, and what was
// sent to a gateway may have happened there.
func changed(ctx context.Context, why *fault.Error) string {
	switch {
	case why.Code == fault.Unknown, why.Code == fault.Internal, why.Money() != fault.MoneyNo:
		return say(ctx, "It is not known yet what this request has changed, and money may have moved. The server looks it up: look at the page again before you repeat it.")
	case why.Code == fault.Declined:
		return say(ctx, "No money moved. The page of the deal shows where it stands now.")
	case why.Code == fault.Conflict:
		return say(ctx, "This request changed nothing. If you sent it twice, the first one may have done its work: look at the page again.")
	}
	return say(ctx, "Nothing was changed.")
}

// refuse refuses with a page. Who may go on by showing who they are is shown how.
func (f face) refuse(c *gin.Context, why *fault.Error) (status int, body []byte) {
	private(c)
	ctx := c.Request.Context()
	back, can := c.Get(backKey)
	if page := c.GetString(sentKey); page != "" && !can {
		return look.Refuse(c, why, look.Refusal{Title: say(ctx, "This did not work"), Nothing: nothing(c, why), Back: page, Way: say(ctx, "Back to the form, with what you wrote")})
	}
	if !can {
		return look.Refuse(c, why, look.Refusal{Title: say(ctx, "This did not work"), Nothing: nothing(c, why), Back: home, Way: say(ctx, "To the overview")})
	}
	w := f.ways(back.(string))
	w.Reason = string(why.Reason)
	if w.Proving = why.Reason == errProof.Reason; w.Proving {
		s, _, err := f.Door.Session(ctx, f.secret(c))
		if err != nil {
			return http.StatusInternalServerError, nil
		}
		w.Community = s.Community
		if s.By == "account" {
			w.Name = invited{Community: s.Community, Name: s.Name}.login()
		}
	} else if w.Name = c.PostForm("name"); why.Reason != errNobody.Reason {
		w.Why = strings.ToUpper(why.Message[:1]) + why.Message[1:] + "."
	}
	body, err := look.Page(ctx, w.frame(ctx), waysPage(w))
	if err != nil {
		return http.StatusInternalServerError, nil
	}
	return web.StatusOf(why), body
}

// ways are how somebody may show who they are.
type ways struct {
	Back    string // where they go on then
	Reason  string // why they have to; empty: they want to
	Why     string // the same in words, where it is not plain
	Proving bool   // they are signed in, and show it again
	Name    string // of the account of who shows it again
	Local   bool   // there are accounts
	Host    string // of the issuer at which they log in; empty: there is none
	// Community is the one in which they are signed in, when they show it again.
	Community int64
}

func (f face) ways(back string) ways {
	w := ways{Back: within(back), Local: f.Door.Accounts != nil}
	if f.Door.SSO != nil {
		w.Host = f.Door.SSO.Host()
	}
	return w
}

func (w ways) frame(ctx context.Context) look.Frame {
	switch {
	case w.Proving && strings.HasPrefix(w.Back, deals+"/"):
		return look.Frame{Title: "Console", Sentence: say(ctx, "This moves money: show again who you are.")}
	case w.Proving: // rules, people, keys, or whatever a second person allows
		return look.Frame{Title: "Console", Sentence: say(ctx, "Show again who you are before this is done.")}
	}
	return look.Frame{Title: "Console", Sentence: say(ctx, "Sign in to the console.")}
}

func (f face) showSignIn(c *gin.Context, _ web.Route) error {
	private(c)
	w := f.ways(c.Query("back"))
	return look.Send(c, w.frame(c.Request.Context()), waysPage(w))
}

// enter signs in who has shown who they are, and leads them back.
func (f face) enter(c *gin.Context, s SignIn, back string) error {
	ctx := c.Request.Context()
	by := f.by(visit{Context: c, SignIn: s}, "signed in")
	if err := f.Audit.AddAct(ctx, by.Act(s.Community, "console.sign_in", "operator:"+s.Name, map[string]string{"role": string(s.Role), "by": s.By})); err != nil {
		return err
	}
	secret, err := f.Door.Enter(ctx, s, f.secret(c))
	if err != nil {
		return err
	}
	f.setCookie(c, f.cookie(), secret, int(SessionLife.Seconds()))
	c.Redirect(http.StatusSeeOther, within(back))
	return nil
}

func (f face) openLink(c *gin.Context, _ web.Route) error { return f.byLink(c, c.Param("token"), home) }

// signIn takes a link as it is printed, so that it need not be opened in the browser that shows the page to come back to.
func (f face) signIn(c *gin.Context, _ web.Route) error {
	link := strings.TrimSpace(c.PostForm("link"))
	return f.byLink(c, link[strings.LastIndex(link, "/")+1:], c.PostForm("back"))
}

func (f face) byLink(c *gin.Context, secret, back string) error {
	s, err := f.Door.Open(c.Request.Context(), secret)
	if err != nil {
		return err
	}
	return f.enter(c, s, back)
}
