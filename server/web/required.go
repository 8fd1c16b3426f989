package web

import (
	"fmt"
	"reflect"
)

// What a body must have is said once, in the tag of its type:
//
//	required:"true"   Decode refuses a body without it: it is missing, null or ""
//	required:"later"  the face refuses it in words of its own
//
// The description has both.

// isRequired reports whether a request must have a member.
func isRequired(field reflect.StructField) bool { return field.Tag.Get("required") != "" }

// complete refuses a body that lacks a member whose tag is "true", the first one of them.
func complete(v reflect.Value, at string) error {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return complete(v.Elem(), at)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return nil // JSON that is read later
		}
		for i := range v.Len() {
			if err := complete(v.Index(i), fmt.Sprintf("%s%d.", at, i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		return completeStruct(v, at)
	}
	return nil
}

func completeStruct(v reflect.Value, at string) error {
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
			return Missing(at + name)
		}
		if err := complete(member, at+name+"."); err != nil {
			return err
		}
	}
	return nil
}
