<?php  // Sends one OTP and prints its id. PHP with php-curl.
$chapar = curl_init("http://chapar/v1/messages");
curl_setopt_array($chapar, [
    CURLOPT_UNIX_SOCKET_PATH => getenv("CHAPAR_SOCKET") ?: "/run/chapar/chapar.sock",
    CURLOPT_RETURNTRANSFER => true, CURLOPT_HTTPHEADER => ["Content-Type: application/json"],
    CURLOPT_POSTFIELDS => json_encode([
        "to" => ["email" => "sara@example.com", "locale" => "fa-IR"], "class" => "otp", "template" => "otp",
        "data" => ["code" => "482193"], "idempotency_key" => "login-7731-php"])]);
$body = curl_exec($chapar);
$answer = $body === false ? ["detail" => curl_error($chapar)] : json_decode($body, true);
echo $answer["id"] ?? $answer["detail"], "\n";
