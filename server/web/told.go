package web

// webhooks describes what endpoints are told, a webhook for each type of events.
func (s *schemas) webhooks() object {
	all, t := object{}, s.words.Told
	if len(t.Events) == 0 {
		return all
	}
	for name, data := range t.Data {
		s.named[name] = data
	}
	for _, e := range t.Events {
		body := object{"allOf": list{s.of(t.Event, false), object{
			"type": "object", "properties": object{"type": object{"type": "string", "const": e.Type, "description": "The type of the event."}, "data": reference("schemas", e.Data)},
		}}}
		all[e.Type] = object{"post": object{
			"operationId": "webhooks." + camel(e.Type), "summary": capital(e.Text), "tags": list{webhooksTag}, "security": list{object{}},
			"description": capital(e.Text) + ". Signed by Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature.",
			"requestBody": object{"required": true, "content": object{JSONType: object{"schema": body, "example": e.Example}}},
			"responses": object{
				"2XX": object{"description": "The event was taken."},
				"4XX": object{"description": "It is sent again later. 410 disables the endpoint."},
			},
		}}
	}
	return all
}

const webhooksTag = "webhooks"
