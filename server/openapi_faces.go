package server

import "net/http"

// answers of the customer's faces that have no type of their own
type (
	canStartOut struct {
		Result bool `json:"result"`
	}
	legacyMessageAnswer struct {
		Message legacyMessageOut `json:"message"`
	}
	invoicing struct {
		GatewayFields invoiceFieldsIn `json:"gateway_fields"`
		Reason        string          `json:"reason"`
	}
	paying struct {
		GatewayFields paymentFieldsIn `json:"gateway_fields"`
		Reason        string          `json:"reason"`
	}
	bare struct {
		GatewayFields noFields `json:"gateway_fields"`
		Reason        string   `json:"reason"`
	}
	orderID struct {
		ID int64 `json:"id"`
	}
	stars struct {
		Rating *int64 `json:"rating"`
	}
	complaint struct {
		Reason *string `json:"reason"`
	}
	banning struct {
		Reason *string `json:"reason"`
	}
	statusOut struct {
		Status string `json:"status"`
	}
	openDispute struct {
		disputeOut
		Order orderOut `json:"order"`
	}
)

func sharetribeOperations() map[string]operation {
	const deal = "POST /transactions/v1/{id}/"
	return map[string]operation{
		"POST /conversations/v1/{conversation_id}/messages": {
			summary: "Post a message", body: is[legacyMessage](), answer: is[legacyMessageAnswer](), status: http.StatusCreated,
		},
		"GET /transactions/v1/can_start_transaction": {
			summary: "Ask whether an author can be paid, in the query or in the body", body: maybe[startQuestion](),
			query: []string{"payment_gateway", "community_id", "listing_author_id"}, answer: is[canStartOut](),
		},
		"POST /transactions/v1/create":     {dry: true, summary: "Start a transaction", body: is[start](), answer: is[dealOut](), status: http.StatusCreated},
		"GET /transactions/v1/{id}":        {summary: "Read a transaction", answer: is[dealOut]()},
		deal + "refresh":                   {summary: "Look a transaction up at its gateway now, and read it", answer: is[dealOut]()},
		deal + "reject":                    {dry: true, summary: "Reject a transaction", body: maybe[bare](), answer: is[dealOut]()},
		deal + "complete_preauthorization": {dry: true, summary: "Take the reserved money", body: maybe[bare](), answer: is[dealOut]()},
		deal + "invoice":                   {dry: true, summary: "Send the invoice", body: is[invoicing](), answer: is[dealOut]()},
		deal + "pay_invoice":               {dry: true, summary: "Pay the invoice", body: maybe[paying](), answer: is[dealOut]()},
		deal + "complete":                  {dry: true, summary: "Complete a transaction", body: maybe[bare](), answer: is[dealOut]()},
		deal + "cancel":                    {dry: true, summary: "Cancel a transaction", body: maybe[bare](), answer: is[dealOut]()},
	}
}

func exchangeOperations() map[string]operation {
	const ads, ad, user = p2pBase + "ads", p2pBase + "ads/{id}", p2pBase + "users/{id}/block"
	paging := []string{"limit", "offset"}
	return map[string]operation{
		"GET " + ads: {
			summary: "List the ads that can be taken", answer: is[numberedPage[adOut]](),
			query: []string{"type", "asset", "fiat_currency", "amount", "payment_method", "sort_by", "limit", "offset"},
		},
		"POST " + ads:            {summary: "Post an ad", body: is[adIn](), answer: is[adOut]()},
		"GET " + ads + "/my":     {summary: "List one's own ads", query: paging, answer: is[numberedPage[adOut]]()},
		"GET " + ad:              {summary: "Read an ad", answer: is[adOut]()},
		"PUT " + ad:              {summary: "Replace an ad", body: is[adIn](), answer: is[adOut]()},
		"DELETE " + ad:           {summary: "Close an ad for good", body: maybe[noFields](), status: http.StatusNoContent},
		"POST " + ad + "/pause":  {summary: "Pause an ad", body: maybe[noFields](), answer: is[adOut]()},
		"POST " + ad + "/resume": {summary: "Resume an ad", body: maybe[noFields](), answer: is[adOut]()},

		"GET " + p2pBase + "sessions": {summary: "List one's chats", query: paging, answer: is[numberedPage[chatLineOut]]()},
		"GET " + p2pBase + "balance":  {summary: "Read one's balance", query: []string{"currency"}, answer: is[holdingsOut]()},
		"POST " + user:                {summary: "Block a user", body: maybe[noFields](), answer: is[empty]()},
		"DELETE " + user:              {summary: "End a block", body: maybe[noFields](), answer: is[empty]()},

		"GET " + p2pBase + "operator/disputes":             {summary: "List open disputes, for operators", query: paging, answer: is[numberedPage[openDispute]]()},
		"POST " + p2pBase + "operator/orders/{id}/assign":  {summary: "Take a dispute on", body: maybe[noFields](), answer: is[orderOut]()},
		"POST " + p2pBase + "operator/orders/{id}/preview": {summary: "What a decision would move", body: is[verdictIn](), answer: is[previewOut]()},
		"POST " + p2pBase + "operator/orders/{id}/resolve": {dry: true, summary: "Decide a dispute", body: is[verdictIn](), answer: is[orderOut]()},
		"POST " + p2pBase + "operator/users/{id}/ban":      {summary: "Ban a user", body: is[banning](), answer: is[empty]()},
		"POST " + p2pBase + "operator/users/{id}/unban":    {summary: "Lift a ban", body: is[banning](), answer: is[empty]()},
	}
}

func orderOperations() map[string]operation {
	const orders, order = p2pBase + "orders", p2pBase + "orders/{id}"
	return map[string]operation{
		"POST " + orders:                      {dry: true, summary: "Take an ad", body: is[orderIn](), answer: is[orderID]()},
		"GET " + orders:                       {summary: "List one's orders", query: []string{"status", "role", "limit", "offset"}, answer: is[numberedPage[orderOut]]()},
		"GET " + order:                        {summary: "Read an order", answer: is[orderOut]()},
		"POST " + order + "/confirm-paid":     {dry: true, summary: "Say that the fiat money was sent", body: maybe[noFields](), answer: is[orderOut]()},
		"POST " + order + "/confirm-received": {dry: true, summary: "Say that the fiat money came, and release", body: maybe[noFields](), answer: is[orderOut]()},
		"POST " + order + "/cancel":           {dry: true, summary: "Cancel an order", body: maybe[cancelIn](), answer: is[orderOut]()},
		"POST " + order + "/call-operator":    {dry: true, summary: "Open a dispute", body: maybe[complaint](), answer: is[orderOut]()},
		"POST " + order + "/appeal":           {dry: true, summary: "Appeal against a decision", body: maybe[complaint](), answer: is[orderOut]()},
		"POST " + order + "/messages":         {summary: "Post a chat message", body: is[messageIn](), answer: is[chatOut]()},
		"GET " + order + "/messages":          {summary: "Read the chat", query: []string{"limit", "offset"}, answer: is[numberedPage[chatOut]]()},
		"POST " + order + "/rate":             {summary: "Rate the other side", body: is[stars](), answer: is[empty]()},
		"POST " + order + "/evidence":         {summary: "Add a file as evidence", body: media(multipartForm), answer: is[fileOut]()},
		"GET " + order + "/evidence":          {summary: "List the evidence", answer: is[numberedPage[fileOut]]()},
		"GET " + order + "/evidence/{file}":   {summary: "Read a file", answer: media("*/*")},
	}
}

func buyFlowOperations() map[string]operation {
	const offer = "POST /p2p/offer/"
	return map[string]operation{
		"GET /p2p/ad/detail/{id}": {summary: "Read an ad", answer: is[reply[flowAd]]()},
		offer + "create":          {dry: true, summary: "Take an ad", body: is[offerIn](), answer: is[reply[flowOffer]]()},
		offer + "paid/{id}":       {dry: true, summary: "Say that the fiat money was sent", body: maybe[noFields](), answer: is[reply[*nothing]]()},
		offer + "cancel/{id}":     {dry: true, summary: "Cancel an offer", body: maybe[cancelIn](), answer: is[reply[*nothing]]()},
		offer + "release/{id}":    {dry: true, summary: "Say that the fiat money came, and release", body: maybe[noFields](), answer: is[reply[*nothing]]()},
		"POST /p2p/ws-ticket":     {summary: "Get a ticket for the websocket", body: maybe[noFields](), answer: is[reply[ticketOut]]()},
		"GET /ws/p2p": {
			summary: "Follow one's feed over a websocket", query: []string{"ticket", "token", "last_seq", "v"}, status: http.StatusSwitchingProtocols,
		},
	}
}

func serviceOperations() map[string]operation {
	return map[string]operation{
		"POST /gateways/{gateway}/webhooks": {anyQuery: true, summary: "Take in what a gateway reports, in its own words", body: media("*/*")},
		"GET /livez":                        {anyQuery: true, summary: "Tell that the process answers", answer: is[statusOut]()},
		"GET /readyz":                       {anyQuery: true, summary: "Tell whether requests can be served", answer: is[statusOut]()},
		"GET /openapi.yaml":                 {anyQuery: true, summary: "Read this description", answer: media("application/yaml")},
		"GET /pay/{payment}":                {anyQuery: true, summary: "Show the buyer the page to pay on at Stripe", answer: media("text/html")},
		"GET /docs":                         {anyQuery: true, summary: "Read this description as a page", answer: media("text/html")},
	}
}
