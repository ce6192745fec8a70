// link: chapar_liquid
// How long one rendering of a 1.5 KB marketing mail takes, how long its parsing, and what either allocates.
#include "render/liquid/liquid.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

namespace {
std::size_t allocations = 0;  // counted by the operators below

constexpr const char* mail = R"(<!doctype html>
<html lang="{{ locale }}"><head><meta charset="utf-8"><title>{{ subject }}</title></head>
<body style="margin:0;background:#f4f4f5;font-family:Arial,sans-serif">
<table role="presentation" width="600" align="center" style="background:#ffffff;border-radius:8px;padding:24px">
<tr><td>
<h1 style="font-size:22px;color:#18181b">Hello {{ customer.first_name | capitalize }},</h1>
<p style="font-size:15px;line-height:1.6;color:#3f3f46">You left something behind at {{ shop.name }}. We kept your cart
for you, and with the code <b>{{ coupon }}</b> you have {{ discount }}% off until {{ deadline }}.</p>
{% if customer.vip %}<p style="color:#a16207">As a member of our club, delivery is free for you.</p>{% endif %}
<table role="presentation" width="100%" style="border-collapse:collapse">
{% for item in cart %}<tr><td style="padding:8px;border-bottom:1px solid #e4e4e7">{{ item.title }}</td>
<td align="right" style="padding:8px;border-bottom:1px solid #e4e4e7">{{ item.price }}</td></tr>
{% endfor %}</table>
<p style="font-size:15px">Total: <b>{{ total | round: 2 }}</b></p>
<p><a href="{{ cart_url }}" style="background:#4f46e5;color:#fff;padding:12px 20px;border-radius:6px">Back to my cart</a></p>
<p style="font-size:12px;color:#71717a">{{ shop.address }}<br>
<a href="{{ unsubscribe_url }}">Unsubscribe</a></p>
</td></tr></table></body></html>
)";

constexpr const char* data =
    R"({"locale":"en","subject":"Your cart is waiting","customer":{"first_name":"sara","vip":true},
"shop":{"name":"Bread & Roses","address":"12 Garden Street <north>"},"coupon":"SPRING20","discount":20,"deadline":"Friday",
"cart":[{"title":"Rye bread","price":4.5},{"title":"Rose water","price":12},{"title":"Saffron <5g>","price":38.25},
{"title":"Honey","price":9},{"title":"Tea","price":7.4}],"total":71.15,
"cart_url":"https://shop.example/cart?id=8f2c&s=mail","unsubscribe_url":"https://shop.example/u/8f2c"})";

template <class Work>
void measure(const char* name, int rounds, const Work& work) {
    for (int i = 0; i < rounds / 10; ++i)
        work();
    const auto before = allocations;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < rounds; ++i)
        work();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    std::printf("%-24s %8.3f us %8.2f allocations\n", name, took.count() / rounds,
                static_cast<double>(allocations - before) / rounds);
}
}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* p = std::malloc(size)) return p;
    throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

int main(int argc, char** argv) {
    using namespace chapar::liquid;
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 200'000;
    const auto program = parse(mail, {.escape = Escape::html});
    Document document;
    const auto root = document.parse(data);
    if (!program || !root) return 1;
    std::string out;
    const RenderOptions options;
    measure("render (html)", rounds, [&] {
        out.clear();
        if (!render(**program, *root, options, out)) std::abort();
    });
    const auto plain = parse(mail);
    measure("render (plain)", rounds, [&] {
        out.clear();
        if (!render(**plain, *root, options, out)) std::abort();
    });
    measure("data from JSON", rounds / 4, [&] {
        if (!document.parse(data)) std::abort();
    });
    measure("parse", rounds / 20, [&] {
        if (!parse(mail, {.escape = Escape::html})) std::abort();
    });
    std::printf("%zu bytes of template, %zu bytes of mail\n", std::string(mail).size(), out.size());
    return 0;
}
