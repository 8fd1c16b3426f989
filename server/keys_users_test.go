package server_test

import (
	"time"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

const (
	ads, orders, offers = facetest.ExchangePath + "ads", facetest.ExchangePath + "orders", "/p2p/offer/"
	operator            = facetest.ExchangePath + "operator/"
)

// by is who asks.
func (s *stage) by(user string) []facetest.Option { return []facetest.Option{s.By(user)} }

// somebody is a user who was not there before.
func (s *stage) somebody() []facetest.Option {
	return []facetest.Option{facetest.WithKey(s.TokenNamed(facetest.NewUser(), "Some Body", time.Hour))}
}

// known is the id of a user who was here.
func (s *stage) known() string {
	id := facetest.NewUser()
	s.do("GET", facetest.ExchangePath+"sessions", nil, facetest.WithKey(s.TokenNamed(id, "Some Body", time.Hour)))
	return id
}

// ad is Ann's, who has something to sell; a user has one of a kind.
func (s *stage) ad() string {
	if s.sells == "" {
		s.sells = s.do("POST", ads, facetest.Ad("sell"), s.By(facetest.Ann)).At("id")
	}
	return s.sells
}

// taken is an order with Ann of somebody new, who takes steps with it.
func (s *stage) taken(steps ...string) (order string, buyer []facetest.Option) {
	buyer = s.somebody()
	order = s.do("POST", orders, `{"ad_id":`+s.ad()+`,"usdt_amount":100000,"payment_method":"card"}`, buyer...).At("id")
	for _, step := range steps {
		s.do("POST", orders+"/"+order+"/"+step, nil, buyer...)
	}
	return order, buyer
}

func adPlays() map[string]func(*stage) play {
	made := func(s *stage) (path string, as []facetest.Option) {
		as = s.somebody()
		return ads + "/" + s.do("POST", ads, facetest.Ad("sell"), as...).At("id"), as
	}
	return map[string]func(*stage) play{
		"POST " + ads: func(s *stage) play { return play{path: ads, body: facetest.Ad("sell"), as: s.somebody()} },
		"PUT " + ads + "/{id}": func(s *stage) play {
			path, as := made(s)
			return play{path: path, body: facetest.Ad("buy"), as: as}
		},
		"DELETE " + ads + "/{id}": func(s *stage) play {
			path, as := made(s)
			return play{path: path, as: as}
		},
		"POST " + ads + "/{id}/pause": func(s *stage) play {
			path, as := made(s)
			return play{path: path + "/pause", as: as}
		},
		"POST " + ads + "/{id}/resume": func(s *stage) play {
			path, as := made(s)
			s.do("POST", path+"/pause", nil, as...)
			return play{path: path + "/resume", as: as}
		},
	}
}

func orderPlays() map[string]func(*stage) play {
	const user = facetest.ExchangePath + "users/"
	block := func(s *stage, operators bool) (path string, as []facetest.Option) {
		if operators {
			return operator + "users/" + s.known(), s.by(facetest.Olga)
		}
		return user + s.known() + "/block", s.by(facetest.Bob)
	}
	plays := map[string]func(*stage) play{
		"POST " + orders: func(s *stage) play {
			buyer := s.somebody()
			return play{path: orders, body: `{"ad_id":` + s.ad() + `,"usdt_amount":100000,"payment_method":"card"}`, as: buyer}
		},
		"POST " + orders + "/{id}/confirm-received": func(s *stage) play {
			order, _ := s.taken("confirm-paid")
			return play{path: orders + "/" + order + "/confirm-received", as: s.by(facetest.Ann)}
		},
		"POST " + orders + "/{id}/call-operator": func(s *stage) play {
			order, buyer := s.taken("confirm-paid")
			return play{path: orders + "/" + order + "/call-operator", as: buyer}
		},
		"POST " + orders + "/{id}/appeal": func(s *stage) play {
			order, buyer := s.taken()
			s.do("POST", orders+"/"+order+"/cancel", nil, s.By(facetest.Ann))
			return play{path: orders + "/" + order + "/appeal", body: facetest.Object{"reason": "I did pay."}, as: buyer}
		},
		"POST " + orders + "/{id}/messages": func(s *stage) play {
			order, buyer := s.taken()
			return play{path: orders + "/" + order + "/messages", body: facetest.Object{"message": "hello"}, as: buyer}
		},
		"POST " + orders + "/{id}/evidence": func(s *stage) play {
			order, buyer := s.taken()
			return play{path: orders + "/" + order + "/evidence", body: form("one"), other: form("two"), as: append(buyer, formed)}
		},
		"POST " + orders + "/{id}/rate": func(s *stage) play {
			order, buyer := s.taken("confirm-paid")
			s.do("POST", orders+"/"+order+"/confirm-received", nil, s.By(facetest.Ann))
			return play{path: orders + "/" + order + "/rate", body: facetest.Object{"rating": 5}, as: buyer}
		},
		"POST " + user + "{id}/block": func(s *stage) play {
			path, as := block(s, false)
			return play{path: path, as: as}
		},
		"DELETE " + user + "{id}/block": func(s *stage) play {
			path, as := block(s, false)
			s.do("POST", path, nil, as...)
			return play{path: path, as: as}
		},
		"POST " + operator + "users/{id}/ban": func(s *stage) play {
			path, as := block(s, true)
			return play{path: path + "/ban", body: noted(nil), other: facetest.Object{"reason": "another"}, as: as}
		},
		"POST " + operator + "users/{id}/unban": func(s *stage) play {
			path, as := block(s, true)
			s.do("POST", path+"/ban", noted(nil), as...)
			return play{path: path + "/unban", body: noted(nil), other: facetest.Object{"reason": "another"}, as: as}
		},
		"POST " + operator + "orders/{id}/assign": func(s *stage) play {
			order, _ := s.taken("confirm-paid", "call-operator")
			return play{path: operator + "orders/" + order + "/assign", as: s.by(facetest.Olga)}
		},
		"POST " + operator + "orders/{id}/resolve": func(s *stage) play {
			order, _ := s.taken("confirm-paid", "call-operator")
			s.do("POST", operator+"orders/"+order+"/assign", nil, s.By(facetest.Olga))
			return play{path: operator + "orders/" + order + "/resolve", body: facetest.Object{"outcome": "release", "reason": "It was paid."}, as: s.by(facetest.Olga)}
		},
	}
	for _, step := range []string{"confirm-paid", "cancel"} {
		plays["POST "+orders+"/{id}/"+step] = func(s *stage) play {
			order, buyer := s.taken()
			return play{path: orders + "/" + order + "/" + step, as: buyer}
		}
	}
	return plays
}

func flowPlays() map[string]func(*stage) play {
	plays := map[string]func(*stage) play{
		"POST /p2p/ws-ticket": func(s *stage) play { return play{path: "/p2p/ws-ticket", as: s.by(facetest.Bob)} },
		"POST " + offers + "create": func(s *stage) play {
			buyer := s.somebody()
			return play{path: offers + "create", body: facetest.OfferBody(s.ad(), `"currency_amount":"2000"`), as: buyer}
		},
		"POST " + offers + "release/{id}": func(s *stage) play {
			order, _ := s.taken("confirm-paid")
			return play{path: offers + "release/" + order, as: s.by(facetest.Ann)}
		},
	}
	for _, step := range []string{"paid", "cancel"} {
		plays["POST "+offers+step+"/{id}"] = func(s *stage) play {
			order, buyer := s.taken()
			return play{path: offers + step + "/" + order, as: buyer}
		}
	}
	return plays
}
