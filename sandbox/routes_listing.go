package sandbox

import "net/http"

// listingRoutes are those of the four kinds of listings, which differ in names, paths and a few calls.
func listingRoutes() []route {
	var all []route
	for _, k := range []listingKind{{false, false}, {false, true}, {true, false}, {true, true}} {
		all = append(all, k.routes()...)
	}
	return all
}

func (k listingKind) routes() []route {
	const get, post, patch, remove = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
	kind, prefix, model, pricing := "single_use_listing", "", "", "set_pricing"
	if k.multi {
		kind = "multi_use_listing"
	}
	if k.f2f {
		prefix, model, pricing = "/p2p", "p2p_", "set_deposit_pricing"
	}
	mine, one := prefix+"/me/"+kind+"s", prefix+"/"+kind+"s/{listing_id}"
	name := func(action, rest string) string { return model + action + "_" + kind + rest }
	ops := []route{
		{name("create", ""), post, mine + "/create", 201, anyUser, k.create},
		{name("get", ""), get, one, 200, anyone, k.get},
		{name("delete", ""), remove, one, 204, anyUser, k.edit(deleteListing)},
		{name("update", ""), patch, one, 200, anyUser, k.edit(patchListing)},
		{name("describe", ""), post, one + "/set_description", 200, anyUser, k.edit(describeListing)},
		{name("price", ""), post, one + "/" + pricing, 200, anyUser, k.edit(priceListing)},
		{name("disable", ""), post, one + "/disable", 200, anyUser, k.edit(disableListing)},
		{name("enable", ""), post, one + "/enable", 200, anyUser, k.edit(enableListing)},
		{name("create_transaction_from", ""), post, one + "/create_transaction", 201, anyUser, k.createTransaction},
	}
	if k.f2f || !k.multi {
		ops = append(ops, route{name("create_bare", ""), post, mine, 201, anyUser, k.createBare})
	}
	if !k.f2f {
		ops = append(ops, route{name("create_transaction_from", "_with_guest_buyer"), post, one + "/create_transaction_with_guest_buyer",
			201, guestUser, k.createTransactionAsGuest})
	}
	if k.f2f && k.multi {
		ops = append(ops, route{name("set_skip_remainder_of", ""), post, one + "/set_skip_remainder", 200, anyUser, k.edit(skipListing)})
	}
	return ops
}

func noticeRoutes() []route {
	return []route{
		{"list_notifications", http.MethodGet, "/me/notifications", 200, anyUser | byToken, listNotifications},
		{"get_notification", http.MethodGet, "/notifications/{notification_id}", 200, anyUser | byToken, getNotification},
		{"mark_notification_as_read", http.MethodPost, "/notifications/{notification_id}/mark_as_read", 200, anyUser | byToken, markAsRead},
	}
}
