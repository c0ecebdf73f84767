"""The API's documentation: its OpenAPI document as a page that needs no script, in the reader's
language. The document itself is in English, for machines and for those who write programs.
"""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from partners.api import api

EXAMPLE = "/api/v1/posts?kind=need&area=440300"


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    schema = api.get_openapi_schema()
    context = {
        "about": paragraphs(schema["info"]["description"]),
        "example": f"curl '{settings.SITE_URL}{EXAMPLE}'",
        "operations": [
            operation_of(schema, method, path, operation)
            for path, methods in schema["paths"].items()
            for method, operation in methods.items()
        ],
        "documents": [
            {
                "name": name,
                "about": paragraphs(document.get("description", "")),
                "fields": fields_of(document),
            }
            for name, document in schema["components"]["schemas"].items()
        ],
    }
    return render(request, "partners/api.html", context)


def operation_of(
    schema: dict[str, Any], method: str, path: str, operation: dict[str, Any]
) -> dict[str, Any]:
    answer = operation["responses"][200]["content"]["application/json"]["schema"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": gettext(operation["summary"]),
        "about": paragraphs(operation.get("description", "")),
        "parameters": [
            {"name": each["name"], "where": each["in"], "about": about_field(each["schema"])}
            for each in operation["parameters"]
        ],
        "body": name_of(body["schema"]) if body else "",
        "answer": name_of(answer),
        "example": json.dumps(example_of(schema, answer), ensure_ascii=False, indent=2),
    }


def paragraphs(text: str) -> list[str]:
    """A text whose lines are broken for reading in the code, in the reader's language."""
    whole = (" ".join(part.split()) for part in text.split("\n\n") if part.strip())
    return [gettext(each) for each in whole]


def name_of(field: dict[str, Any]) -> str:
    return field.get("$ref", "").rpartition("/")[2]


def type_of(field: dict[str, Any]) -> str:
    """A field's type in the words of JSON Schema; a document by its name."""
    if "$ref" in field:
        return name_of(field)
    if "anyOf" in field:
        return " | ".join(type_of(each) for each in field["anyOf"])
    if "enum" in field or "const" in field:
        return " | ".join(json.dumps(each) for each in field.get("enum", [field.get("const")]))
    if field.get("type") == "array":
        return f"[{type_of(field['items'])}]"
    return field.get("format", field.get("type", ""))


def about_field(field: dict[str, Any]) -> str:
    examples = ", ".join(map(str, field.get("examples", [])))
    said = " ".join(paragraphs(field.get("description", "")))
    parts = [type_of(field), said, f"({examples})" if examples else ""]
    return " ".join(part for part in parts if part)


def fields_of(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, about_field(field)) for name, field in document.get("properties", {}).items()]


def example_of(schema: dict[str, Any], field: dict[str, Any]) -> Any:
    """Made from the examples of the fields; the first choice where there is none."""
    if field.get("examples"):
        return field["examples"][0]
    if "$ref" in field:
        document = schema["components"]["schemas"][name_of(field)]
        return {
            name: example_of(schema, each) for name, each in document.get("properties", {}).items()
        }
    if "anyOf" in field:
        return example_of(schema, field["anyOf"][0])
    if "enum" in field:
        return field["enum"][0]
    if field.get("type") == "array":
        return [example_of(schema, field["items"])]
    return {"integer": 1, "number": 1.0, "boolean": False}.get(field.get("type", ""), "")
