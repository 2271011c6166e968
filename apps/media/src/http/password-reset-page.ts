import { createHash } from 'node:crypto'

/** Takes the token from behind the `#`, out of sight and out of the history, and sends it with the password. */
const script = `
const token = location.hash.slice(1)
history.replaceState(null, '', location.pathname)
const french = navigator.language.startsWith('fr')
const say = (english, inFrench) => french ? inFrench : english
const form = document.querySelector('form'), told = document.querySelector('p')
document.documentElement.lang = say('en', 'fr')
document.title = document.querySelector('h1').textContent = say('Choose a password', 'Choisir un mot de passe')
document.querySelector('span').textContent = say('New password, 12 characters at least', 'Nouveau mot de passe, 12 caractères au moins')
document.querySelector('button').textContent = say('Set it', 'Enregistrer')
form.hidden = false
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const body = JSON.stringify({ token, password: form.password.value })
  const answer = await fetch('v1/password-resets/confirm', { method: 'POST', headers: { 'content-type': 'application/json' }, body }).catch(() => undefined)
  form.hidden = answer?.status === 204 || answer?.status === 422
  told.textContent = answer?.status === 204 ? say('Done: log in with it.', 'C’est fait : connectez-vous avec.')
    : answer?.status === 422 ? say('This link was used or has expired: ask for another one.', 'Ce lien a servi ou a expiré : demandez-en un autre.')
    : say('That did not work: try again.', 'Cela n’a pas marché : réessayez.')
})
`

const style =
  'body{font:1rem/1.5 system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem}input,button{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.5rem;margin:.5rem 0}'

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Nothing but what stands in the page, and only to where it comes from. */
export const passwordResetPolicy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

export const passwordResetPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Holdfast</title><style>${style}</style></head>
<body><h1></h1>
<form hidden><label><span></span><input name="password" type="password" autocomplete="new-password" minlength="12" maxlength="256" required></label><button></button></form>
<p role="status"><noscript>This page needs JavaScript. Cette page a besoin de JavaScript.</noscript></p>
<script>${script}</script></body></html>
`
