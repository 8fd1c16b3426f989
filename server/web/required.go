package web

import (
	"reflect"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// What a body must have is said once, in the tag of its type:
//
//	required:"true"   Decode refuses a body without it: it is missing, null or ""
//	required:"later"  the face refuses it in words of its own
//
// The description has both.

// isRequired reports whether a request must have a member.
func isRequired(field reflect.StructField) bool { return field.Tag.Get("required") != "" }

// complete tells of each member that is missing and whose tag is "true".
func complete(v reflect.Value, at jsontext.Pointer, missing func(jsontext.Pointer)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			complete(v.Elem(), at, missing)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return // JSON that is read later
		}
		for i := range v.Len() {
			complete(v.Index(i), at.AppendToken(strconv.Itoa(i)), missing)
		}
	case reflect.Struct:
		completeStruct(v, at, missing)
	}
}

func completeStruct(v reflect.Value, at jsontext.Pointer, missing func(jsontext.Pointer)) {
	for _, field := range reflect.VisibleFields(v.Type()) {
		name := jsonName(field)
		if name == "" {
			continue
		}
		member, err := v.FieldByIndexErr(field.Index)
		if err != nil {
			continue // of an embedded pointer that is nil
		}
		if field.Tag.Get("required") == "true" && member.IsZero() {
			missing(at.AppendToken(name))
			continue
		}
		complete(member, at.AppendToken(name), missing)
	}
}
