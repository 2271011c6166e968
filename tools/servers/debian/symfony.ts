import { type PackagedProgram, provideProgram } from './packages.ts'

const components = '/usr/share/php'
const symfony: PackagedProgram = {
  path: `${components}/Symfony/Component/Messenger/Bridge/Amqp/autoload.php`,
  packages: [
    'php-cli',
    'php-amqp',
    'php-mbstring',
    'php-symfony-amqp-messenger',
    'php-symfony-property-access',
    'php-symfony-serializer',
    'php-xml',
  ],
}

/** Symfony's components, for a stranger on the other side of the broker: the folder that holds `Symfony/Component`. */
export async function provideSymfony(): Promise<string> {
  await provideProgram(symfony)
  return components
}
