package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
)

// ClientService has the calls about marketplaces, which the API calls clients.
type ClientService struct{ client *Client }

// RegistrationCountries reads the countries, ISO 3166-1 alpha-2, whose people may
// register with this marketplace.
//
// op: GET /client/supported_registration_countries
func (s *ClientService) RegistrationCountries(ctx context.Context, opts ...CallOption) ([]string, error) {
	return do[[]string](ctx, s.client, get("/client/supported_registration_countries"), opts)
}

// OnlineTimelines are the time limits of a marketplace's online transactions; nil
// when the API did not send them.
type OnlineTimelines struct {
	ComplaintPeriodSeconds          *int64 `json:"complaint_period_seconds,omitempty"`
	DeliveryAllowanceSeconds        *int64 `json:"delivery_allowance_seconds,omitempty"`
	TrackingDetailsAllowanceSeconds *int64 `json:"tracking_details_allowance_seconds,omitempty"`
}

// F2FTimelines are the time limits of a marketplace's face-to-face transactions;
// nil when the API did not send them.
type F2FTimelines struct {
	ComplaintPeriodSeconds *int64 `json:"complaint_period_seconds,omitempty"`
}

// OnlineTimelines reads the time limits of online transactions. Codes:
// [CodeNotFound].
//
// op: GET /clients/{client_id}/timelines
func (s *ClientService) OnlineTimelines(ctx context.Context, clientID string, opts ...CallOption) (*OnlineTimelines, error) {
	return do[*OnlineTimelines](ctx, s.client, get("/clients/{client_id}/timelines", clientID), opts)
}

// F2FTimelines reads the time limits of face-to-face transactions. Codes:
// [CodeNotFound].
//
// op: GET /p2p/clients/{client_id}/timelines
func (s *ClientService) F2FTimelines(ctx context.Context, clientID string, opts ...CallOption) (*F2FTimelines, error) {
	return do[*F2FTimelines](ctx, s.client, get("/p2p/clients/{client_id}/timelines", clientID), opts)
}

// ClientUser is a user as one marketplace sees it. It is personal data.
type ClientUser struct {
	ID    string `json:"id"`
	Email string `json:"email"`
}

func (u *ClientUser) check() error {
	if u.ID == "" {
		return errors.New("user has no id")
	}
	return nil
}

// User reads a user of a marketplace.
//
// op: GET /users/clients/{client_id}/users/{user_id}
func (s *ClientService) User(ctx context.Context, clientID, userID string, opts ...CallOption) (*ClientUser, error) {
	return do[*ClientUser](ctx, s.client, get("/users/clients/{client_id}/users/{user_id}", clientID, userID), opts)
}

// OnlineTransaction reads an online transaction of a marketplace. Codes:
// [CodeInvalidID], [CodeForbidden], [CodeNotFound].
//
// op: GET /clients/{client_id}/transactions/{transaction_id}
func (s *ClientService) OnlineTransaction(ctx context.Context, clientID string, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, get("/clients/{client_id}/transactions/{transaction_id}", clientID, id), opts)
}

// F2FTransaction reads a face-to-face transaction of a marketplace. Codes:
// [CodeInvalidID], [CodeForbidden], [CodeNotFound].
//
// op: GET /p2p/clients/{client_id}/transactions/{transaction_id}
func (s *ClientService) F2FTransaction(ctx context.Context, clientID string, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, get("/p2p/clients/{client_id}/transactions/{transaction_id}", clientID, id), opts)
}

// ClientFilter selects transactions of a marketplace. Zero fields select
// everything. The official API describes no field; names are all there is.
type ClientFilter struct {
	TransactionID     int64    `json:"tx_id,omitempty"`
	Description       string   `json:"descr,omitempty"`
	Statuses          []string `json:"statuses,omitempty"`
	ExcludeStatus     string   `json:"exclude_status,omitempty"`
	Currency          string   `json:"currency,omitempty"`
	TotalPrice        string   `json:"total_price,omitempty"`
	Quantity          int64    `json:"quantity,omitempty"`
	SearchByUserIDs   []string `json:"search_by_user_ids,omitempty"`
	DateCreatedFrom   string   `json:"date_created_from,omitempty"`
	DateCreatedTo     string   `json:"date_created_to,omitempty"`
	FundsReleasedFrom string   `json:"date_funds_released_from,omitempty"`
	SortByName        string   `json:"sort_by_name,omitempty"`
	SortByOrder       string   `json:"sort_by_order,omitempty"`
}

// OnlineClientFilter also selects by what only online transactions have.
type OnlineClientFilter struct {
	ClientFilter
	Carrier        CarrierCode `json:"carrier,omitempty"`
	TrackingCode   string      `json:"tracking_code,omitempty"`
	HandleTracking *bool       `json:"handle_tracking,omitempty"`
}

// F2FClientFilter also selects by what only face-to-face transactions have.
type F2FClientFilter struct {
	ClientFilter
	SkipRemainder *bool `json:"skip_remainder,omitempty"`
}

// NumberedPage asks for one page. Pages count from 1; 0 leaves a value to the API.
type NumberedPage struct {
	Page     int
	PageSize int
}

// Page is one page of transactions.
type Page[T record] struct {
	Data       []T   `json:"data"`
	Page       int64 `json:"page"`
	PageSize   int64 `json:"page_size"`
	TotalCount int64 `json:"total_count"`
	TotalPages int64 `json:"total_pages"`
}

func (p *Page[T]) check() error {
	if p.Data == nil {
		return errors.New("page has no data")
	}
	return records[T](p.Data).check()
}

func (p NumberedPage) values() url.Values {
	values := url.Values{}
	setInt(values, "page", int64(p.Page))
	setInt(values, "page_size", int64(p.PageSize))
	return values
}

// OnlineTransactions reads one page of a marketplace's online transactions.
// Codes: [CodeInvalidPage], [CodePageValueTooLow], [CodeInvalidPageSize],
// [CodeExcessivePageSize], [CodePageSizeValueTooLow],
// [CodeSortByIncorrectFormat], [CodeNotFound].
//
// op: POST /clients/{client_id}/transactions
func (s *ClientService) OnlineTransactions(ctx context.Context, clientID string, filter OnlineClientFilter, page NumberedPage, opts ...CallOption) (*Page[*Transaction], error) {
	r := post("/clients/{client_id}/transactions", clientID).readOnly().query(page.values()).json(filter)
	return do[*Page[*Transaction]](ctx, s.client, r, opts)
}

// F2FTransactions reads one page of a marketplace's face-to-face transactions.
// Codes: those of [ClientService.OnlineTransactions].
//
// op: POST /p2p/clients/{client_id}/transactions
func (s *ClientService) F2FTransactions(ctx context.Context, clientID string, filter F2FClientFilter, page NumberedPage, opts ...CallOption) (*Page[*F2FTransaction], error) {
	r := post("/p2p/clients/{client_id}/transactions", clientID).readOnly().query(page.values()).json(filter)
	return do[*Page[*F2FTransaction]](ctx, s.client, r, opts)
}

// AllOnlineTransactions walks a marketplace's online transactions from the first
// page, or from page.Page, to the last. The first error ends it. A transaction
// that is made or moves meanwhile can be missed or come twice.
func (s *ClientService) AllOnlineTransactions(ctx context.Context, clientID string, filter OnlineClientFilter, page NumberedPage, opts ...CallOption) iter.Seq2[*Transaction, error] {
	return numberedPages("POST /clients/{client_id}/transactions", page, func(p NumberedPage) (*Page[*Transaction], error) {
		return s.OnlineTransactions(ctx, clientID, filter, p, opts...)
	})
}

// AllF2FTransactions is [ClientService.AllOnlineTransactions] for face-to-face
// transactions.
func (s *ClientService) AllF2FTransactions(ctx context.Context, clientID string, filter F2FClientFilter, page NumberedPage, opts ...CallOption) iter.Seq2[*F2FTransaction, error] {
	return numberedPages("POST /p2p/clients/{client_id}/transactions", page, func(p NumberedPage) (*Page[*F2FTransaction], error) {
		return s.F2FTransactions(ctx, clientID, filter, p, opts...)
	})
}

// numberedPages ends at an empty page or at the last one that the API counts.
func numberedPages[T record](op string, page NumberedPage, read func(NumberedPage) (*Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		next := page
		next.Page = max(next.Page, 1)
		for ; ; next.Page++ {
			got, err := read(next)
			if err == nil && got.Page != 0 && got.Page != int64(next.Page) {
				err = &Error{Op: op, Err: fmt.Errorf("%w: page %d in the place of %d", ErrUnexpectedAnswer, got.Page, next.Page)}
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, one := range got.Data {
				if !yield(one, nil) {
					return
				}
			}
			if len(got.Data) == 0 || got.TotalPages > 0 && int64(next.Page) >= got.TotalPages {
				return
			}
		}
	}
}
