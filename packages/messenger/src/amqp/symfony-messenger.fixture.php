<?php
/**
 * A stranger with Symfony Messenger, its AMQP transport and its JSON serializer as they come:
 * `php symfony-messenger.fixture.php receive|send COMPONENTS DSN QUEUE`. Prints a line of JSON for what it received.
 */

namespace App\Message;

use Symfony\Component\Messenger\Bridge\Amqp\Transport\AmqpStamp;
use Symfony\Component\Messenger\Bridge\Amqp\Transport\AmqpTransportFactory;
use Symfony\Component\Messenger\Envelope;
use Symfony\Component\Messenger\Stamp\BusNameStamp;
use Symfony\Component\Messenger\Transport\Serialization\Serializer;

[, $command, $components, $dsn, $queue] = $argv;
foreach (['Messenger', 'Messenger/Bridge/Amqp', 'Serializer', 'PropertyAccess'] as $component) {
    require_once "$components/Symfony/Component/$component/autoload.php";
}

final class Count
{
    public function __construct(public string $name)
    {
    }
}

final class Told
{
    public string $id;
    public string $name;
}

// The serializer takes the header `type` for the name of a class.
class_alias(Told::class, 'told.once');

$options = ['auto_setup' => false, 'queues' => [$queue => []], 'exchange' => ['name' => '']];
$transport = (new AmqpTransportFactory())->createTransport($dsn, $options, new Serializer());

if ($command === 'send') {
    $transport->send(new Envelope(new Count('from Symfony'), [new BusNameStamp('bus'), new AmqpStamp($queue)]));
    exit;
}
foreach ($transport->get() as $envelope) {
    $transport->ack($envelope);
    $stamp = $envelope->last(BusNameStamp::class);
    echo json_encode(['message' => $envelope->getMessage(), 'bus' => $stamp?->getBusName()]), "\n";
}
