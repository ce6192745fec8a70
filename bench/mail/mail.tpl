<!doctype html>
<html lang="{{LOCALE:html_escape}}"><head><meta charset="utf-8"><title>{{SUBJECT:html_escape}}</title></head>
<body style="margin:0;background:#f4f4f5;font-family:Arial,sans-serif">
<table role="presentation" width="600" align="center" style="background:#ffffff;border-radius:8px;padding:24px">
<tr><td>
<h1 style="font-size:22px;color:#18181b">Hello {{FIRST_NAME:x-capitalize:html_escape}},</h1>
<p style="font-size:15px;line-height:1.6;color:#3f3f46">You left something behind at {{SHOP_NAME:html_escape}}. We kept your cart
for you, and with the code <b>{{COUPON:html_escape}}</b> you have {{DISCOUNT:html_escape}}% off until {{DEADLINE:html_escape}}.</p>
{{#VIP}}<p style="color:#a16207">As a member of our club, delivery is free for you.</p>{{/VIP}}
<table role="presentation" width="100%" style="border-collapse:collapse">
{{#ITEM}}<tr><td style="padding:8px;border-bottom:1px solid #e4e4e7">{{TITLE:html_escape}}</td>
<td align="right" style="padding:8px;border-bottom:1px solid #e4e4e7">{{PRICE:html_escape}}</td></tr>
{{/ITEM}}</table>
<p style="font-size:15px">Total: <b>{{TOTAL:html_escape}}</b></p>
<p><a href="{{CART_URL:html_escape}}" style="background:#4f46e5;color:#fff;padding:12px 20px;border-radius:6px">Back to my cart</a></p>
<p style="font-size:12px;color:#71717a">{{SHOP_ADDRESS:x-truncate=30:html_escape}}<br>
<a href="{{UNSUBSCRIBE_URL:html_escape}}">Unsubscribe</a></p>
</td></tr></table></body></html>
