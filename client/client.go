package client

import (
	"fmt"
	"log/slog"
	"net/url"
	"time"
)

const (
	// Staging is the base URL of the test environment (customer's document).
	Staging = "https://dev.stage.trustap.com/api/v1"
	// Production is the base URL of the live environment; "dev" is part of its
	// real host name (customer's document).
	Production = "https://dev.trustap.com/api/v1"
)

// Client calls the Trustap API. It is safe for concurrent use and holds no
// state besides its connections.
type Client struct {
	// Online has the calls of the online model: goods are posted, and the money
	// is released after the delivery and the complaint period.
	Online *OnlineService
	// F2F has the calls of the face-to-face model: a deposit is paid, and the
	// money is released after the handover and the complaint period.
	F2F *F2FService
	// OnlineSingleUseListings and the next three have the calls about offers from
	// which transactions are made.
	OnlineSingleUseListings *OnlineSingleUseListingService
	OnlineMultiUseListings  *OnlineMultiUseListingService
	F2FSingleUseListings    *F2FSingleUseListingService
	F2FMultiUseListings     *F2FMultiUseListingService
	// Shipping has the calls about parcels of online transactions.
	Shipping *ShippingService
	// Notifications has the calls about the messages that a user sees.
	Notifications *NotificationService
	// Users has the calls about users of the marketplace.
	Users *UserService
	// Personal has the calls about the acting user's identity and bank account.
	Personal *PersonalService
	// Clients has the calls about marketplaces.
	Clients *ClientService
	// Lite has the call of Trustap Lite.
	Lite *LiteService
	// Carriers has the calls about postal carriers.
	Carriers *CarrierService

	base      *url.URL
	authorize authorizer
	transport *transport
	retry     Retry
	timeout   time.Duration
	log       *slog.Logger
	now       func() time.Time
}

// New builds a Client. A credential is needed, [WithAPIKey] or [WithTokenSource];
// everything else has a default. It fails with [ErrInvalidOption], and with
// [ErrAPIV2] for a base URL of API version 2. It opens no connection.
func New(opts ...Option) (*Client, error) {
	cfg := defaults()
	for _, opt := range opts {
		if err := opt(cfg); err != nil {
			return nil, err
		}
	}
	if cfg.authorize == nil {
		return nil, fmt.Errorf("%w: a credential is needed: WithAPIKey or WithTokenSource", ErrInvalidOption)
	}
	c := &Client{
		base:      cfg.base,
		authorize: cfg.authorize,
		transport: newTransport(cfg.httpClient, cfg.roundTripper, cfg.userAgent),
		retry:     cfg.retry,
		timeout:   cfg.timeout,
		log:       cfg.log,
		now:       cfg.now,
	}
	c.Online = &OnlineService{client: c}
	c.F2F = &F2FService{client: c}
	c.OnlineSingleUseListings = &OnlineSingleUseListingService{newOnlineListings(c, ListingSingleUse)}
	c.OnlineMultiUseListings = &OnlineMultiUseListingService{newOnlineListings(c, ListingMultiUse)}
	c.F2FSingleUseListings = &F2FSingleUseListingService{newF2FListings(c, ListingSingleUse)}
	c.F2FMultiUseListings = &F2FMultiUseListingService{newF2FListings(c, ListingMultiUse)}
	c.Shipping = &ShippingService{client: c}
	c.Notifications = &NotificationService{client: c}
	c.Users = &UserService{client: c}
	c.Personal = &PersonalService{client: c}
	c.Clients = &ClientService{client: c}
	c.Lite = &LiteService{client: c}
	c.Carriers = &CarrierService{client: c}
	return c, nil
}

// String names the base URL and no credential.
func (c *Client) String() string { return "trustap client of " + c.base.String() }

// GoString is String, so that %#v shows no credential either.
func (c *Client) GoString() string { return c.String() }

// CloseIdleConnections closes the connections that no call is using.
func (c *Client) CloseIdleConnections() { c.transport.closeIdle() }
