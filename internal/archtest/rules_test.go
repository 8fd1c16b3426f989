package archtest_test

// rule says what one folder's production code may import. What is not listed
// is not allowed.
type rule struct {
	folder  string   // a path.Match pattern, from the module's root
	own     []string // folders of ours, as patterns, or everything
	modules []string // modules of others
	tests   []string // modules of others that only its tests use, besides testModules
	pure    bool     // no driver, no web, no log, no operating system
	helper  bool     // for tests: production code uses it only where it is named
}

// everything stands for all folders of ours that are no helpers.
const everything = "*"

// Modules of others, by what they are for.
const (
	bojanz     = "github.com/bojanz/currency"
	cdproto    = "github.com/chromedp/cdproto"
	chromedp   = "github.com/chromedp/chromedp"
	cobra      = "github.com/spf13/cobra"
	cron       = "github.com/robfig/cron/v3"
	gin        = "github.com/gin-gonic/gin"
	goCmp      = "github.com/google/go-cmp"
	goJose     = "github.com/go-jose/go-jose/v4"
	goMail     = "github.com/wneessen/go-mail"
	goldmark   = "github.com/yuin/goldmark"
	goleak     = "go.uber.org/goleak"
	goose      = "github.com/pressly/goose/v3"
	jsonv2     = "github.com/go-json-experiment/json"
	kinOpenAPI = "github.com/getkin/kin-openapi"
	jwt        = "github.com/golang-jwt/jwt/v5"
	pflag      = "github.com/spf13/pflag"
	pq         = "github.com/lib/pq"
	prometheus = "github.com/prometheus/client_golang"
	qr         = "rsc.io/qr"
	rapid      = "pgregory.net/rapid"
	gqlparser  = "github.com/vektah/gqlparser/v2"
	resty      = "github.com/go-resty/resty/v2"
	sqlite     = "modernc.org/sqlite"
	goOIDC     = "github.com/coreos/go-oidc/v3"
	oauth2     = "golang.org/x/oauth2"
	sqlx       = "github.com/jmoiron/sqlx"
	stripeGo   = "github.com/stripe/stripe-go/v76"
	templ      = "github.com/a-h/templ"
	testscript = "github.com/rogpeppe/go-internal"
	uuid       = "github.com/google/uuid"
	websocket  = "github.com/coder/websocket"
	xcrypto    = "golang.org/x/crypto"
	xnet       = "golang.org/x/net"
)

// testModules may be imported by every test file, whatever its folder.
var testModules = []string{goCmp, goleak, kinOpenAPI, rapid, testscript}

// engine is what an adapter of the orchestrator stands on, domain what an
// adapter of everything stands on.
var (
	engine = []string{"fault", "internal/paging", "money", "orchestrator", "orchestrator/booking", "orchestrator/catalog", "orchestrator/idempotency", "orchestrator/labels", "orchestrator/ledger", "orchestrator/pricing", "orchestrator/process", "orchestrator/process/*"}
	domain = with(engine, "conversations", "exchange", "listings", "notices", "notices/events", "timeline", "webhooks", "webhooks/outbound")
)

// faceModules are what carries HTTP. everyFace are the rooms that face a kind of caller:
// none knows another, and none what mounts it.
var (
	faceModules = []string{gin, jsonv2}
	everyFace   = []string{"server/native", "server/sharetribe", "server/exchangeapi", "server/buyflow", "server/socket", "server/gatewaysin", "server/paypage", "server/comeback", "server/mailstop", "server/portal", "server/console", "server/guide"}
)

// rules has one line per folder. Rows use the rows below them.
var rules = []rule{
	{folder: "cmd/*", own: []string{everything, "internal/pgtest", "internal/testport"}, modules: []string{cobra, pflag, prometheus, uuid}},
	{folder: "sdk/go"},
	{folder: "sdk/generate", own: []string{"internal/guidebook", "orchestrator/catalog", "orchestrator/process"}, modules: []string{goldmark, kinOpenAPI, jsonv2}},
	{folder: "examples/go", own: []string{"sdk/go"}},
	{folder: "internal/app", own: []string{everything}, modules: []string{prometheus, templ, uuid}},
	{folder: "internal/bench", own: []string{everything}, modules: []string{pq, sqlite, sqlx}},

	{folder: "server", own: with(everyFace, "fault", "money", "orchestrator", "orchestrator/catalog", "orchestrator/idempotency", "orchestrator/process", "orchestrator/process/*", "listings", "notices", "notices/events", "webhooks/outbound", "internal/apikey", "internal/publicid", "server/hooks", "server/web", "server/deal", "server/trade", "server/vocabulary"),
		modules: []string{gin, prometheus}},
	{folder: "server/native", own: with(domain, "internal/publicid", "server/deal", "server/web"), modules: faceModules},
	{folder: "server/sharetribe", own: with(engine, "server/deal", "server/web"), modules: faceModules},
	{folder: "server/exchangeapi", own: with(domain, "internal/cards", "server/deal", "server/trade", "server/web"), modules: faceModules},
	{folder: "server/buyflow", own: with(domain, "server/trade", "server/web"), modules: faceModules},
	{folder: "server/socket", own: with(domain, "server/trade", "server/web"), modules: with(faceModules, websocket)},
	{folder: "server/gatewaysin", own: []string{"fault", "server/web"}, modules: faceModules},
	{folder: "server/comeback", own: []string{"fault", "orchestrator", "server/languages", "server/look", "server/web"}, modules: faceModules},
	{folder: "server/mailstop", own: []string{"fault", "notices", "server/languages", "server/look", "server/web"}, modules: with(faceModules, templ)},
	{folder: "server/portal", own: []string{"fault", "internal/publicid", "notices/events", "orchestrator", "server/hooks", "server/languages", "server/look", "server/web", "webhooks/outbound"}, modules: with(faceModules, templ)},
	{folder: "server/console", own: with(domain, "internal/apikey", "internal/cards", "internal/pass", "internal/publicid", "internal/sso", "server/languages", "server/look", "server/web", "server/hooks", "internal/due"), modules: with(faceModules, templ)},
	{folder: "server/guide", own: []string{"fault", "internal/guidebook", "server/look", "server/trade", "server/web"}, modules: with(faceModules, templ)},
	{folder: "server/hooks", own: []string{"fault", "internal/paging", "internal/publicid", "notices/events", "orchestrator", "server/languages", "server/web", "webhooks/outbound"}, modules: with(faceModules, templ)},
	{folder: "server/paypage", own: []string{"fault", "server/languages", "server/look", "server/web"}, modules: with(faceModules, templ)},
	{folder: "server/trade", own: with(domain, "internal/apikey", "internal/usertoken", "server/deal", "server/web"), modules: faceModules},
	{folder: "server/deal", own: with(engine, "conversations", "listings", "internal/apikey", "internal/publicid", "server/web"), modules: faceModules},
	{folder: "server/vocabulary", own: with(engine, "internal/apikey", "listings", "notices/events", "server/web", "webhooks/outbound")},
	{folder: "server/web", own: []string{"fault", "internal/cards", "money", "orchestrator", "orchestrator/idempotency", "internal/apikey"}, modules: with(faceModules, prometheus, templ)},
	{folder: "server/languages", own: []string{"fault"}, modules: []string{gin}},
	{folder: "server/look", own: []string{"fault", "server/languages", "server/web"}, modules: []string{gin, templ, xnet}},
	{folder: "internal/sqlstore", own: with(domain, "internal/apikey", "internal/pass", "internal/secretbox", "migrations"), modules: []string{pq, sqlite, sqlx}},
	{folder: "orchestrator/gateway/balance", own: with(engine, "orchestrator/gateway")},
	{folder: "orchestrator/gateway/braintree", own: with(engine, "orchestrator/gateway"), modules: []string{resty}},
	{folder: "orchestrator/gateway/none", own: with(engine, "orchestrator/gateway")},
	{folder: "orchestrator/gateway/paypal", own: with(engine, "orchestrator/gateway"), modules: []string{resty}},
	{folder: "orchestrator/gateway/paytrail", own: with(engine, "orchestrator/gateway"), modules: []string{resty}},
	{folder: "orchestrator/gateway/stripe", own: with(engine, "orchestrator/gateway"), modules: []string{stripeGo}},
	{folder: "orchestrator/gateway/trustap", own: with(engine, "client", "orchestrator/gateway")},
	{folder: "orchestrator/gateway", own: engine},
	{folder: "sandbox", own: []string{"sandbox/internal/stage"}, modules: []string{templ}},
	{folder: "sandbox/braintree", own: []string{"sandbox/internal/stage"}, modules: []string{gqlparser}},
	{folder: "sandbox/paypal", own: []string{"sandbox/internal/stage"}},
	{folder: "sandbox/paytrail", own: []string{"sandbox/internal/stage"}},
	{folder: "sandbox/stripe", own: []string{"sandbox/internal/stage"}, tests: []string{stripeGo}},
	{folder: "sandbox/internal/stage", modules: []string{templ}},

	{folder: "timeline", own: []string{"internal/paging", "orchestrator"}},
	{folder: "exchange", own: with(engine, "conversations", "listings", "notices", "notices/events")},
	{folder: "conversations", own: engine},
	{folder: "notices", own: with(engine, "internal/due", "internal/mail", "notices/events")},
	{folder: "notices/events", own: with(engine, "internal/due", "internal/publicid")},
	{folder: "webhooks/outbound", own: []string{"fault", "internal/cards", "internal/due", "internal/pass", "notices/events", "orchestrator", "orchestrator/idempotency"}},
	{folder: "webhooks", own: []string{"fault", "internal/cards", "internal/due", "money", "orchestrator/gateway"}},

	{folder: "orchestrator", own: []string{"fault", "internal/due", "internal/paging", "money", "orchestrator/idempotency", "orchestrator/labels", "orchestrator/ledger", "orchestrator/pricing", "orchestrator/process", "orchestrator/catalog"}},
	{folder: "listings", own: []string{"fault", "internal/due", "internal/paging", "money", "orchestrator/idempotency", "orchestrator/labels"}},

	{folder: "orchestrator/catalog", own: []string{"orchestrator/process", "orchestrator/process/*"}, pure: true},
	{folder: "orchestrator/process/*", own: []string{"fault", "money", "orchestrator/process", "orchestrator/process/escrow", "orchestrator/process/settlement"}, pure: true},
	{folder: "orchestrator/process", own: []string{"fault", "money", "orchestrator/pricing"}, pure: true},
	{folder: "orchestrator/pricing", own: []string{"fault", "money"}, pure: true},
	{folder: "orchestrator/booking", own: []string{"fault"}, pure: true},
	{folder: "orchestrator/idempotency", own: []string{"fault"}, pure: true},
	{folder: "orchestrator/labels", own: []string{"fault", "internal/paging"}, pure: true},
	{folder: "orchestrator/ledger", own: []string{"fault", "money"}, pure: true},
	{folder: "client", modules: []string{resty}},
	{folder: "internal/apikey", own: []string{"fault"}},
	{folder: "internal/secretbox", own: []string{"fault"}},
	{folder: "internal/usertoken", own: []string{"fault"}, modules: []string{goJose, jsonv2, jwt, uuid}},
	{folder: "internal/plays", own: []string{"notices/events", "orchestrator/process", "orchestrator/process/*"}},
	{folder: "internal/devmail", own: []string{"internal/mail", "notices"}, modules: []string{templ}},
	{folder: "internal/mail", modules: []string{goMail, templ, xnet}},
	{folder: "internal/publicid", own: []string{"fault"}},
	{folder: "internal/pass", modules: []string{qr, xcrypto}},
	{folder: "internal/sso", modules: []string{goOIDC, oauth2}},
	{folder: "internal/cards"},
	{folder: "internal/guidebook", modules: []string{jsonv2}},

	{folder: "money", modules: []string{bojanz}, pure: true},
	{folder: "fault", pure: true},
	{folder: "internal/paging", pure: true},
	{folder: "internal/due", own: []string{"fault"}, modules: []string{cron}},
	{folder: "migrations", modules: []string{goose}, tests: []string{pq, sqlite, sqlx}},

	{folder: "orchestrator/gatewaytest", own: engine, helper: true},
	{folder: "internal/storetest", own: with(domain, "internal/apikey"), modules: testModules, helper: true},
	{folder: "internal/testkit", own: []string{everything, "internal/pgtest", "internal/testdb", "internal/testkit/testsize", "sandbox/sandboxtest"}, modules: testModules, helper: true},
	{folder: "internal/testkit/testsize", helper: true},
	{folder: "internal/nodetest", helper: true},
	{folder: "server/internal/facetest", own: []string{everything, "internal/testdb", "internal/testkit"}, modules: with(testModules, jsonv2, uuid), helper: true},
	{folder: "internal/testkit/issuer", modules: []string{goJose, jwt}, helper: true},
	{folder: "internal/testkit/giro", own: with(engine, "orchestrator/gateway"), helper: true},
	{folder: "internal/pgtest", own: []string{"internal/testport"}, modules: []string{pq}, helper: true},
	{folder: "internal/testport", helper: true},
	{folder: "internal/testdb", own: []string{"internal/pgtest", "migrations"}, modules: []string{sqlite}, helper: true},
	{folder: "sandbox/internal/stagetest", own: []string{"internal/nodetest"}, helper: true},
	{folder: "sandbox/sandboxtest", own: []string{"sandbox"}, helper: true},
	{folder: "internal/browsertest", tests: []string{cdproto, chromedp}, helper: true},
	{folder: "internal/archtest", tests: []string{templ}, helper: true},
}

func with(base []string, more ...string) []string {
	return append(append([]string{}, base...), more...)
}
